import Memory
import Tensors
import Testing

/// The bottleneck against numbers of the authors' code.
@Suite struct BottleneckConformanceTests {
    /// A faithful memory with the projection and keys of a file.
    private func memory(_ file: Safetensors, classes: Int, neighbours: Int = 1) throws -> Bottleneck {
        let shape = try file.shape("rand_proj")
        let keys = try file.shape("keys")
        var configuration = BottleneckConfiguration()
        configuration.codebooks = keys[0]
        configuration.keys = keys[1]
        configuration.keyDimension = keys[2]
        configuration.neighbours = neighbours
        configuration.readout = .sgd
        configuration.faithful = true
        configuration.learningRate = 0.3
        configuration.labelSmoothing = 0.1
        configuration.gradientClip = 1
        if let value = try? file.number("lr") { configuration.learningRate = value }
        if let value = try? file.number("clip") { configuration.gradientClip = value }
        if let value = try? file.number("label_smoothing") { configuration.labelSmoothing = value }
        let projection = Projection(
            matrix: try file.floats("rand_proj"), dimension: shape[1], codebooks: shape[0],
            keyDimension: shape[2])
        var memory = try Bottleneck(
            configuration: configuration, projection: projection, keys: try file.floats("keys"))
        memory.growClasses(to: classes)
        return memory
    }

    private func logits(_ memory: Bottleneck, _ codes: [UInt16], classes: Int) -> [Float] {
        let perRecord = memory.codesPerRecord
        var all: [Float] = []
        for start in stride(from: 0, to: codes.count, by: perRecord) {
            var scores = [Float](repeating: 0, count: classes)
            Array(codes[start..<(start + perRecord)]).withUnsafeBufferPointer { codes in
                scores.withUnsafeMutableBufferPointer { memory.score(codes, into: $0) }
            }
            all += scores
        }
        return all
    }

    /// Counts of decided codes that differ; `margin` has an entry for each group of `each` codes.
    private func mismatches(_ codes: [UInt16], _ expected: [Int], margin: [Float]?, each: Int = 1) -> Int {
        guard codes.count == expected.count else { return .max }
        return codes.indices.count { index in
            Int(codes[index]) != expected[index] && (margin.map { $0[index / each] } ?? 1) > 1e-4
        }
    }

    /// Compares codes and logits where the file gives no margin: two keys that are, in double precision,
    /// equally far to 1e-4 may stand for each other, and the logits of such a record are left out.
    private func compareUndecided(
        _ memory: Bottleneck, _ x: [Float], _ codes: [UInt16], _ expected: [Int], _ expectedLogits: [Float],
        classes: Int
    ) throws {
        try #require(codes.count == expected.count)
        let (c, k, d) = (memory.configuration.codebooks, memory.configuration.keyDimension, memory.dimension)
        let matrix = try #require(memory.projection.matrix(codebooks: c, keyDimension: k))
        let codebooks = try #require(memory.codebooks)
        func distance(_ record: Int, _ codebook: Int, _ key: Int) -> Double {
            let coordinates = codebooks.key(key, of: codebook) ?? []
            return coordinates.indices.reduce(0.0) { sum, index in
                let query = (0..<d).reduce(0.0) {
                    $0 + Double(x[record * d + $1]) * Double(matrix[(codebook * d + $1) * k + index])
                }
                return sum + (query - Double(coordinates[index])) * (query - Double(coordinates[index]))
            }
        }
        let found = logits(memory, codes, classes: classes)
        for record in 0..<(codes.count / c) {
            var decided = true
            for codebook in 0..<c where Int(codes[record * c + codebook]) != expected[record * c + codebook] {
                decided = false
                let mine = distance(record, codebook, Int(codes[record * c + codebook]))
                let theirs = distance(record, codebook, expected[record * c + codebook])
                #expect(abs(mine - theirs) < 1e-4, "record \(record), codebook \(codebook)")
            }
            let row = (record * classes)..<((record + 1) * classes)
            if decided { #expect(largestDifference(Array(found[row]), Array(expectedLogits[row])) < 1e-5) }
        }
    }

    @Test(
        "There is at least one file of each kind",
        arguments: ["forward", "topk", "online", "online_clip", "keyinit_random", "keyinit_kmeans"])
    func filesArePresent(kind: String) {
        #expect(!Golden.sets(kind).isEmpty, "no *_\(kind).safetensors in \(Golden.folder.path)")
    }

    @Test("Projection, nearest keys, distances, logits, use counts", arguments: Golden.sets("forward"))
    func forward(set: String) throws {
        let file = try Golden.load(set, "forward")
        let classes = try file.shape("values")[2]
        var memory = try memory(file, classes: classes)
        memory.setValues(try file.floats("values"))
        let (b, d) = (try file.shape("x")[0], try file.shape("x")[1])
        let c = memory.configuration.codebooks
        let k = memory.configuration.keyDimension

        let x = try file.floats("x")
        var queries = [Float](repeating: 0, count: b * memory.projection.stride)
        x.withUnsafeBufferPointer { x in
            queries.withUnsafeMutableBufferPointer {
                memory.projection.project(x.baseAddress!, rows: b, into: $0.baseAddress!)
            }
        }
        let projected = (0..<b).flatMap { record in
            queries[(record * memory.projection.stride)..<(record * memory.projection.stride + c * k)]
        }
        #expect(largestDifference(projected, try file.floats("proj"), relative: true) < 1e-5)

        let codes = try memory.encode(x, rows: b)
        #expect(x.count == b * d)
        #expect(mismatches(codes, try file.integers("indices"), margin: try file.floats("margin")) == 0)

        let codebooks = try #require(memory.codebooks)
        let expectedDistances = try file.floats("neg_sq_dist")
        for codebook in 0..<c {
            var found = [UInt16](repeating: 0, count: b)
            var scores = [Float](repeating: 0, count: b)
            queries.withUnsafeBufferPointer {
                codebooks.nearest(
                    codebook: codebook, queries: $0.baseAddress! + codebook * k,
                    stride: memory.projection.stride,
                    records: b, codes: &found, codeStride: 1, scores: &scores)
            }
            for record in 0..<b {
                let query = projected[(record * c * k + codebook * k)..<(record * c * k + codebook * k + k)]
                let square = query.reduce(0) { $0 + $1 * $1 } + 2 * scores[record]
                let expected = expectedDistances[record * c + codebook]
                #expect(
                    abs(-square - expected) < 1e-5 * max(1, abs(expected), query.reduce(0) { $0 + $1 * $1 }))
            }
        }
        let expectedCodes = try file.integers("indices").map { UInt16($0) }
        #expect(
            largestDifference(logits(memory, expectedCodes, classes: classes), try file.floats("logits"))
                < 1e-5)

        // The file's counters are those of the forward call; learning is what counts here, so only the
        // uses are compared and the values put back.
        var counted = memory
        counted.learnBatch(expectedCodes, classIndices: [Int](repeating: 0, count: b))
        #expect(counted.readout.uses.map { Float($0) } == (try file.floats("counter_after")))
        counted.setValues(try file.floats("values"))
        let maskedX = try file.floats("masked_x")
        let masked = try counted.encodeForPrediction(maskedX, rows: maskedX.count / d)
        try compareUndecided(
            counted, maskedX, masked, try file.integers("masked_indices"), try file.floats("masked_logits"),
            classes: classes)
    }

    @Test("Several nearest keys, five steps", arguments: Golden.sets("topk"))
    func topK(set: String) throws {
        let file = try Golden.load(set, "topk")
        let expected = try file.shape("indices")
        let labels = try file.integers("y")
        let classes = try file.shape("values_after")[2]
        var memory = try memory(file, classes: classes, neighbours: expected[2])
        let codes = try memory.encode(try file.floats("x"), rows: expected[0])
        #expect(
            mismatches(
                codes, try file.integers("indices"), margin: try file.floats("margin"), each: expected[2])
                == 0)
        // From here on with the file's codes, which differ from ours only where two keys are equally near.
        let expectedCodes = try file.integers("indices").map { UInt16($0) }
        var losses: [Float] = []
        var norm: Float = 0
        for _ in 0..<(try file.shape("losses")[0]) {
            guard let step = memory.learnBatch(expectedCodes, classIndices: labels) else {
                Issue.record("no step"); return
            }
            losses.append(step.loss)
            norm = step.gradientNorm
        }
        #expect(largestDifference(losses, try file.floats("losses")) < 1e-5)
        #expect(abs(norm - (try file.floats("last_grad_norm")[0])) < 1e-5)
        let gradient = try #require(memory.readout.gradient)
        #expect(largestDifference(gradient.denseValues(), try file.floats("values_after")) < 1e-5)
        #expect(gradient.uses.map { Float($0) } == (try file.floats("counter_after")))
    }

    @Test(
        "Online steps, plain and clipped",
        arguments: ["online", "online_clip"].flatMap { kind in Golden.sets(kind).map { ($0, kind) } })
    func online(set: String, kind: String) throws {
        let file = try Golden.load(set, kind)
        let shape = try file.shape("X")
        let classes = try file.shape("logits")[2]
        let (steps, b, d) = (shape[0], shape[1], shape[2])
        var memory = try memory(file, classes: classes)
        let x = try file.floats("X")
        let y = try file.integers("Y")
        let expectedLogits = try file.floats("logits")
        let margins = try file.floats("min_margin")
        let expectedLosses = try file.floats("loss")
        let expectedNorms = try file.floats("grad_norm_preclip")
        for step in 0..<steps {
            // Where two keys are as good as equally near, the runs may part; as long as they agree they are
            // compared all the same.
            let mayPart = margins[...step].contains { $0 <= 1e-4 }
            let codes = try memory.encode(Array(x[(step * b * d)..<((step + 1) * b * d)]), rows: b)
            let difference = largestDifference(
                logits(memory, codes, classes: classes),
                Array(expectedLogits[(step * b * classes)..<((step + 1) * b * classes)]))
            if mayPart, difference >= 1e-5 { return }
            #expect(difference < 1e-5, "step \(step)")
            guard let seen = memory.learnBatch(codes, classIndices: Array(y[(step * b)..<((step + 1) * b)]))
            else {
                Issue.record("no step")
                return
            }
            #expect(abs(seen.loss - expectedLosses[step]) < 1e-5, "step \(step)")
            if mayPart, abs(seen.gradientNorm - expectedNorms[step]) >= 1e-5 { return }
            #expect(abs(seen.gradientNorm - expectedNorms[step]) < 1e-5, "step \(step)")
            if step == 0, !mayPart {
                let values = try #require(memory.readout.gradient).denseValues()
                #expect(largestDifference(values, try file.floats("values_after_1")) < 1e-5)
            }
        }
        let gradient = try #require(memory.readout.gradient)
        let uses = gradient.uses.map { Float($0) }
        if uses != (try file.floats("counter_after_N")), margins.contains(where: { $0 <= 1e-4 }) { return }
        #expect(uses == (try file.floats("counter_after_N")))
        #expect(largestDifference(gradient.denseValues(), try file.floats("values_after_N")) < 1e-5)
        let evalX = try file.floats("eval_x")
        let codes = try memory.encodeForPrediction(evalX, rows: evalX.count / d)
        try compareUndecided(
            memory, evalX, codes, try file.integers("eval_indices"), try file.floats("eval_logits"),
            classes: classes)
    }

    @Test("Key initialisation by moving averages, from noise", arguments: Golden.sets("keyinit_random"))
    func keysFromNoise(set: String) throws {
        let file = try Golden.load(set, "keyinit_random")
        let start = try file.floats("keys_0")
        try follow(file, start: start, averages: start, sizes: nil)
    }

    @Test("Key initialisation by k-means, then moving averages", arguments: Golden.sets("keyinit_kmeans"))
    func keysFromKMeans(set: String) throws {
        let file = try Golden.load(set, "keyinit_kmeans")
        let shape = try file.shape("kmeans_means")
        let (c, j, k) = (shape[0], shape[1], shape[2])
        let (queries, stride, records) = try batch(file, 0)
        let first = try file.floats("kmeans_means0")
        let expectedMeans = try file.floats("kmeans_means")
        let expectedBins = try file.floats("kmeans_bins")
        for codebook in 0..<c {
            var means = KMeans(
                means: Array(first[(codebook * j * k)..<((codebook + 1) * j * k)]), dimension: k)
            queries.withUnsafeBufferPointer {
                for _ in 0..<5 {
                    means.iterate(
                        queries: $0.baseAddress! + codebook * k, stride: stride, samples: records,
                        reseed: false)
                }
            }
            #expect(
                largestDifference(
                    means.means, Array(expectedMeans[(codebook * j * k)..<((codebook + 1) * j * k)])) < 1e-5)
            #expect(
                means.sizes.map { Float($0) } == Array(expectedBins[(codebook * j)..<((codebook + 1) * j)]))
        }
        try follow(
            file, start: expectedMeans, averages: [Float](repeating: 0, count: c * j * k), sizes: expectedBins
        )
    }

    /// The queries of one batch of a key initialisation file.
    private func batch(_ file: Safetensors, _ index: Int) throws -> (
        queries: [Float], stride: Int, records: Int
    ) {
        let shape = try file.shape("rand_proj")
        let projection = Projection(
            matrix: try file.floats("rand_proj"), dimension: shape[1], codebooks: shape[0],
            keyDimension: shape[2])
        let batches = try file.shape("X")
        let size = batches[1] * batches[2]
        let x = Array(try file.floats("X")[(index * size)..<((index + 1) * size)])
        var queries = [Float](repeating: 0, count: batches[1] * projection.stride)
        x.withUnsafeBufferPointer { x in
            queries.withUnsafeMutableBufferPointer {
                projection.project(x.baseAddress!, rows: batches[1], into: $0.baseAddress!)
            }
        }
        return (queries, projection.stride, batches[1])
    }

    /// Whether some sample is, in double precision, equally far from two keys to 1e-4 of its distance. From
    /// such a step on the runs may part.
    private func hasUndecided(_ state: MovingAverageKeys, _ queries: [Float], stride: Int, records: Int)
        -> Bool
    {
        for record in 0..<records {
            for codebook in 0..<state.codebooks {
                var best = Double.infinity
                var next = Double.infinity
                for key in 0..<state.count {
                    var distance = 0.0
                    for k in 0..<state.dimension {
                        let query = Double(queries[record * stride + codebook * state.dimension + k])
                        let value = Double(state.keys[(codebook * state.count + key) * state.dimension + k])
                        distance += (query - value) * (query - value)
                    }
                    if distance < best {
                        next = best
                        best = distance
                    } else {
                        next = min(next, distance)
                    }
                }
                if next - best <= 1e-4 * max(1, best) { return true }
            }
        }
        return false
    }

    private func follow(_ file: Safetensors, start: [Float], averages: [Float], sizes: [Float]?) throws {
        let shape = try file.shape("keys_1")
        var state = MovingAverageKeys(
            keys: start, averages: averages,
            sizes: sizes ?? [Float](repeating: 0, count: shape[0] * shape[1]),
            codebooks: shape[0], count: shape[1], dimension: shape[2], decay: Float(try file.number("decay")),
            epsilon: Float(try file.number("eps")))
        let marks = Set(try file.integers("marks"))
        var mayPart = false
        for step in 1...(try file.shape("X")[0]) {
            let (queries, stride, records) = try batch(file, step - 1)
            mayPart = mayPart || hasUndecided(state, queries, stride: stride, records: records)
            let codes = state.step(queries: queries, stride: stride, records: records)
            guard marks.contains(step) else { continue }
            let difference = largestDifference(state.keys, try file.floats("keys_\(step)"), relative: true)
            if mayPart, difference >= 1e-4 { return }
            if file.tensors["indices_\(step)"] != nil {
                #expect(codes.map { Int($0) } == (try file.integers("indices_\(step)")), "step \(step)")
            }
            #expect(difference < 1e-4, "step \(step)")
            #expect(
                largestDifference(state.averages, try file.floats("keys_avg_\(step)"), relative: true) < 1e-4,
                "step \(step)")
            #expect(
                largestDifference(state.sizes, try file.floats("cluster_size_\(step)"), relative: true)
                    < 1e-5, "step \(step)")
        }
    }
}
