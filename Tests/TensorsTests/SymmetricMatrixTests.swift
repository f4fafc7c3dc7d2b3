import Tensors
import Testing

/// BLAS and LAPACK against plain loops.
@Suite struct SymmetricMatrixTests {
    static let sizes = [1, 2, 3, 7, 16, 33, 64, 70]

    private func normal(_ random: inout RandomGenerator, _ count: Int) -> [Double] {
        (0..<count).map { _ in random.normal() }
    }

    /// A random matrix with eigenvalues of one at least.
    private func positive(_ random: inout RandomGenerator, _ size: Int) -> SymmetricMatrix {
        var matrix = SymmetricMatrix(size: size)
        normal(&random, 2 * size * size).withUnsafeBufferPointer {
            matrix.addProducts(of: $0, count: 2 * size, factor: 1)
        }
        for d in 0..<size { matrix[d, d] += 1 }
        return matrix
    }

    private func times(_ matrix: SymmetricMatrix, _ vector: [Double]) -> [Double] {
        (0..<matrix.size).map { row in
            (0..<matrix.size).reduce(0) { $0 + matrix[max(row, $1), min(row, $1)] * vector[$1] }
        }
    }

    @Test(
        "Products add up as in a plain loop, exactly where numbers are whole",
        arguments: [1, 2, 3] as [UInt64], sizes)
    func products(seed: UInt64, size: Int) {
        var random = RandomGenerator(seed: seed)
        for count in [0, 1, 2, 17, 300] {
            let whole = (0..<(count * size)).map { _ in Double(random.below(8_191) - 4_095) }
            let broken = normal(&random, count * size)
            for (rows, factor, tolerance) in [(whole, 3.0, 0.0), (whole, -1, 0), (broken, 0.7, 1e-12)] {
                var matrix = SymmetricMatrix(size: size)
                for row in 0..<size {
                    for column in 0...row { matrix[row, column] = Double(row - 2 * column) }
                }
                rows.withUnsafeBufferPointer { matrix.addProducts(of: $0, count: count, factor: factor) }
                for row in 0..<size {
                    for column in 0...row {
                        let sum = (0..<count).reduce(0) {
                            $0 + rows[$1 * size + row] * rows[$1 * size + column]
                        }
                        let expected = Double(row - 2 * column) + factor * sum
                        #expect(
                            abs(matrix[row, column] - expected) <= tolerance * Double(count + 1) * 10,
                            "seed \(seed), size \(size), \(count) rows")
                    }
                }
                #expect(matrix.diagonal == (0..<size).map { matrix[$0, $0] })
                #expect(SymmetricMatrix(size: size, packed: matrix.packed).packed == matrix.packed)
            }
        }
    }

    @Test("The factor solves", arguments: [1, 2, 3] as [UInt64], sizes)
    func solves(seed: UInt64, size: Int) throws {
        var random = RandomGenerator(seed: seed)
        let matrix = positive(&random, size)
        var taken = matrix
        let made = taken.takeFactor()
        let factor = try #require(made, "seed \(seed), size \(size)")
        #expect(factor.size == size)
        for count in [0, 1, 2, 5, 40] {
            let solution = (0..<count).map { _ in normal(&random, size) }
            let right = solution.map { times(matrix, $0) }
            var columns = [Double](repeating: 0, count: size * count)
            for column in 0..<count {
                for d in 0..<size { columns[d * count + column] = right[column][d] }
            }
            factor.solve(&columns, count: count)
            for column in 0..<count {
                for d in 0..<size {
                    #expect(
                        abs(columns[d * count + column] - solution[column][d]) < 1e-8,
                        "seed \(seed), size \(size), \(count) columns")
                }
            }
        }
    }

    @Test("Quadratic forms are those of the inverse", arguments: [1, 2, 3] as [UInt64], sizes)
    func forms(seed: UInt64, size: Int) throws {
        var random = RandomGenerator(seed: seed)
        let matrix = positive(&random, size)
        var taken = matrix
        let made = taken.takeFactor()
        let factor = try #require(made)
        for count in [0, 1, 3, 256, 257, 600] {
            let vectors = (0..<count).map { _ in normal(&random, size).map { Float($0) } }
            var asked: [Range<Int>] = []
            let forms = factor.quadraticForms(count: count) { first, number, columns in
                asked.append(first..<(first + number))
                for column in 0..<number {
                    for d in 0..<size { columns[d * number + column] = vectors[first + column][d] }
                }
            }
            #expect(asked.flatMap { Array($0) } == Array(0..<count))
            #expect(asked.allSatisfy { $0.count <= 256 })
            #expect(forms.count == count)
            for (vector, form) in zip(vectors, forms) {
                var column = vector.map(Double.init)
                factor.solve(&column, count: 1)
                let exact = zip(vector, column).reduce(0) { $0 + Double($1.0) * $1.1 }
                #expect(abs(Double(form) - exact) <= 1e-4 * max(exact, 1e-6), "seed \(seed), size \(size)")
            }
        }
    }

    @Test("What is not positive definite has no factor", arguments: [1, 2, 3] as [UInt64], sizes)
    func refused(seed: UInt64, size: Int) {
        var random = RandomGenerator(seed: seed)
        var zero = SymmetricMatrix(size: size)
        #expect(zero.takeFactor() == nil)
        for bad in [-1.0, .nan, -.infinity] {
            var matrix = positive(&random, size)
            let place = random.below(size)
            matrix[place, place] = bad
            #expect(matrix.takeFactor() == nil, "seed \(seed), size \(size), \(bad)")
        }
        guard size > 1 else { return }
        // Of rank one, less a little.
        var thin = SymmetricMatrix(size: size)
        normal(&random, size).withUnsafeBufferPointer { thin.addProducts(of: $0, count: 1, factor: 1) }
        thin[size - 1, size - 1] -= 1e-3
        #expect(thin.takeFactor() == nil, "seed \(seed), size \(size)")
    }
}
