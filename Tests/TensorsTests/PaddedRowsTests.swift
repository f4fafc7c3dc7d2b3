import Tensors
import Testing

/// Products of padded rows against plain loops.
@Suite struct PaddedRowsTests {
    private func rows(_ random: inout RandomGenerator, _ count: Int, _ width: Int) -> [Float] {
        (0..<(count * width)).map { _ in Float(random.normal()) }
    }

    private func products(_ rows: PaddedRows, _ vector: [Float]) -> [Float] {
        let padded = vector + [Float](repeating: 0, count: rows.stride - vector.count)
        var products = [Float](repeating: .nan, count: rows.count)
        padded.withUnsafeBufferPointer { vector in
            products.withUnsafeMutableBufferPointer { rows.products(with: vector, into: $0) }
        }
        return products
    }

    @Test(
        "Products are those of plain loops, and a row's do not depend on the others",
        arguments: [1, 2, 3, 4, 5] as [UInt64], [1, 5, 15, 16, 17, 31, 48, 100, 384])
    func products(seed: UInt64, width: Int) {
        var random = RandomGenerator(seed: seed)
        for count in [1, 2, 3, 4, 5, 8, 11] {
            let flat = rows(&random, count, width)
            let vector = rows(&random, 1, width)
            let all = PaddedRows(width: width, flat: flat)
            #expect(all.count == count && all.stride % 16 == 0 && all.stride - width < 16)
            #expect(all.flat == flat)
            let outcome = products(all, vector)
            for row in 0..<count {
                let own = Array(flat[(row * width)..<((row + 1) * width)])
                #expect(Array(all[row]) == own)
                let exact = zip(own, vector).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                let size = zip(own, vector).reduce(0.0) { $0 + abs(Double($1.0) * Double($1.1)) }
                #expect(abs(Double(outcome[row]) - exact) <= 2e-7 * size * 4, "seed \(seed), width \(width)")
                let alone = products(PaddedRows(width: width, flat: own), vector)
                #expect(alone == [outcome[row]], "seed \(seed), width \(width), row \(row) of \(count)")
                // The sixteen lanes, each in order, added pairwise.
                var lanes = [Float](repeating: 0, count: 16)
                for d in 0..<width { lanes[d % 16] += own[d] * vector[d] }
                var half = 8
                while half > 0 {
                    for lane in 0..<half { lanes[lane] += lanes[lane + half] }
                    half /= 2
                }
                #expect(lanes[0] == outcome[row], "seed \(seed), width \(width), row \(row) of \(count)")
            }
        }
    }

    @Test("Rows grow with zeros and are set one by one")
    func growing() {
        var rows = PaddedRows(width: 5)
        #expect(rows.count == 0)
        rows.grow(to: 3)
        rows.grow(to: 2)
        #expect(rows.count == 3 && rows.flat == [Float](repeating: 0, count: 15))
        rows.setRow(1) { row in
            #expect(row.count == 5)
            for d in row.indices { row[d] = Float(d) }
        }
        rows[2, 4] = 7
        #expect(Array(rows[0]) == [0, 0, 0, 0, 0])
        #expect(Array(rows[1]) == [0, 1, 2, 3, 4])
        #expect(rows[2, 4] == 7)
        #expect(products(rows, [1, 1, 1, 1, 1]) == [0, 10, 7])
        #expect([1, 15, 16, 17].map(PaddedRows.padded) == [16, 16, 16, 32])
    }
}
