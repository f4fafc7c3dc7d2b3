import Learning
import Messages
import Streaming
import Testing

/// Samples that wait for the keys.
@Suite struct KeyPoolTests {
    /// A chunk of records: each number is a sample with the vector [number, -number], nil a record that cannot be used.
    private func chunk(_ numbers: [Int?]) -> Chunk {
        var items: [Chunk.Item] = []
        var asked: [Chunk.Asked] = []
        var vectors: [Float] = []
        for (offset, number) in numbers.enumerated() {
            let record = SimulatedRecord(
                kind: .sample, place: SimulatedCluster.place(0), offset: Int64(offset), timestamp: nil,
                value: nil)
            guard let number else {
                items.append(
                    Chunk.Item(record: record.asRead, content: .failure(Rejection(.json, "it is none"))))
                continue
            }
            items.append(
                Chunk.Item(record: record.asRead, content: .success(.asked(asked.count..<(asked.count + 1)))))
            asked.append(
                Chunk.Asked(
                    sample: LearnerSample(id: "\(number)", label: "a"), row: asked.count, wantsReasons: false,
                    place: nil))
            vectors += [Float(number), -Float(number)]
        }
        return Chunk(items: items, asked: asked, vectors: vectors, width: 2)
    }

    @Test("It is full when as many samples wait as are wanted; only the first of them make keys")
    func fills() {
        var pool = KeyPool(wanted: 4)
        #expect(pool.isEmpty && !pool.isFull && pool.rows == 0)
        pool.hold(chunk([1, 2, 3]))
        #expect(!pool.isEmpty && !pool.isFull && pool.rows == 3)
        #expect(pool.vectors(width: 2) == [1, -1, 2, -2, 3, -3])
        pool.hold(chunk([4, 5]))
        #expect(pool.isFull && pool.rows == 5)
        #expect(pool.vectors(width: 2) == [1, -1, 2, -2, 3, -3, 4, -4])
    }

    @Test("Records that cannot be used are not kept, and count for nothing")
    func soundOnly() {
        var pool = KeyPool(wanted: 2)
        pool.hold(chunk([nil, nil]))
        #expect(pool.isEmpty && pool.rows == 0)
        pool.hold(chunk([nil, 1, nil, 2]))
        #expect(pool.isFull && pool.vectors(width: 2) == [1, -1, 2, -2])
        let kept = pool.takeAll().map(\.chunk)
        #expect(kept.flatMap(\.items).map(\.record.offset) == [1, 3])
        #expect(kept.flatMap(\.asked).map(\.sample.id) == ["1", "2"])
    }

    @Test("What waited is handed out once, in order, all of it")
    func takes() {
        var pool = KeyPool(wanted: 2)
        for numbers in [[1, 2], [3], [4, 5, 6]] { pool.hold(chunk(numbers)) }
        #expect(pool.takeAll().flatMap(\.chunk.asked).map(\.sample.id) == ["1", "2", "3", "4", "5", "6"])
        #expect(pool.isEmpty && pool.rows == 0 && !pool.isFull && pool.takeAll().isEmpty)
        pool.hold(chunk([7]))
        #expect(pool.rows == 1 && pool.vectors(width: 2) == [7, -7])
    }
}
