import CKernels
import Tensors
import Testing

/// The kernels against plain loops that do the same operations in the same order: equal to the bit.
@Suite struct KernelTests {
    /// |k|²/2 - q.k, in the kernel's order.
    private func score(_ query: [Float], _ key: [Float], _ half: Float) -> Float {
        var sum = half
        for k in query.indices {
            let product = query[k] * key[k]
            sum = sum - product
        }
        return sum
    }

    @Test(
        "Nearest key, all shapes", arguments: [1, 2, 3, 8, 14, 17], [1, 2, 15, 16, 17, 63, 64, 65, 200, 512])
    func nearest(dimension: Int, keys: Int) {
        let seed = UInt64(dimension * 1_000 + keys)
        var random = RandomGenerator(seed: seed)
        // Small whole numbers make many exact ties.
        let values = (0..<(keys * dimension)).map { _ in Float(random.below(5) - 2) }
        let count = 33
        let queries = (0..<(count * dimension)).map { _ in Float(random.below(9) - 4) / 2 }
        var packed = PackedColumns(rows: dimension, columns: keys)
        var halves = [Float](repeating: .infinity, count: packed.blocks * PackedColumns.lanes)
        for key in 0..<keys {
            var half: Float = 0
            for k in 0..<dimension {
                packed[k, key] = values[key * dimension + k]
                half += values[key * dimension + k] * values[key * dimension + k]
            }
            halves[key] = half / 2
        }
        var found = [UInt16](repeating: 0, count: count)
        var scores = [Float](repeating: 0, count: count)
        weir_nearest(
            packed.values, halves, packed.blocks, dimension, queries, dimension, count, &found, 1, &scores)
        var all = [Float](repeating: 0, count: halves.count)
        for index in 0..<count {
            let query = Array(queries[(index * dimension)..<((index + 1) * dimension)])
            let expected = (0..<keys).map {
                score(query, Array(values[($0 * dimension)..<(($0 + 1) * dimension)]), halves[$0])
            }
            let best = expected.indices.min { expected[$0] < expected[$1] }
            #expect(Int(found[index]) == best, "seed \(seed), query \(index)")
            #expect(scores[index] == expected[Int(found[index])], "seed \(seed), query \(index)")
            weir_scores(packed.values, halves, packed.blocks, dimension, query, &all)
            #expect(Array(all[..<keys]) == expected, "seed \(seed), query \(index)")
        }
    }

    @Test("No key that can be chosen gives index 0, infinite queries do no harm")
    func nothingToChoose() {
        let packed = PackedColumns(rows: 2, columns: 20)
        let halves = [Float](repeating: .infinity, count: packed.blocks * PackedColumns.lanes)
        var found: [UInt16] = [7, 7, 7]
        let queries: [Float] = [1, 2, .infinity, -.infinity, .nan, .nan]
        weir_nearest(packed.values, halves, packed.blocks, 2, queries, 2, 3, &found, 1, nil)
        #expect(found == [0, 0, 0])
    }

    @Test(
        "Projection: a batch has the bits of its singles, and of plain loops", arguments: [1, 3, 4, 5, 7, 64])
    func projection(rows: Int) {
        let (width, columns) = (37, 45)
        var random = RandomGenerator(seed: UInt64(rows))
        var matrix = PackedColumns(rows: width, columns: columns)
        for d in 0..<width { for c in 0..<columns { matrix[d, c] = Float(random.normal()) } }
        let x = (0..<(rows * width)).map { _ in Float(random.normal()) }
        let stride = matrix.blocks * PackedColumns.lanes
        var batch = [Float](repeating: 0, count: rows * stride)
        weir_project(x, rows, width, matrix.values, matrix.blocks, &batch, stride)
        for row in 0..<rows {
            let record = Array(x[(row * width)..<((row + 1) * width)])
            var single = [Float](repeating: 0, count: stride)
            weir_project(record, 1, width, matrix.values, matrix.blocks, &single, stride)
            #expect(single == Array(batch[(row * stride)..<((row + 1) * stride)]), "seed \(rows), row \(row)")
            for c in 0..<columns {
                var sum: Float = 0
                for d in 0..<width {
                    let product = record[d] * matrix[d, c]
                    sum = sum + product
                }
                #expect(single[c] == sum, "seed \(rows), row \(row), column \(c)")
            }
        }
    }
}
