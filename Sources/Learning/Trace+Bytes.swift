import Experts

/// The bytes of a trace, little-endian, without padding:
///
/// | part | bytes |
/// |---|---|
/// | version | 1: the number 1 |
/// | flags | 1: held out (1), source (2), steps (4), vector (8) |
/// | id | 2 for its length, then UTF-8 |
/// | label | 2 for its length, then UTF-8 |
/// | weight | 4 |
/// | source, if any | 1 for the topic's length, the topic in UTF-8, 4 for the partition, 8 for the offset |
/// | codes | 1 for the bits of one, 4 for their number, then the codes, lowest bit first |
/// | steps, if any | 4 for their number, then 13 bits each in two's complement, lowest bit first |
/// | vector, if any | 4 for its length, then 4 each |
extension Trace {
    /// The version of the bytes that is written and read.
    public static let version: UInt8 = 1

    private static let stepBits = 13

    private enum Flag {
        static let heldOut: UInt8 = 1
        static let source: UInt8 = 2
        static let steps: UInt8 = 4
        static let vector: UInt8 = 8
    }

    /// The trace as bytes.
    ///
    /// - Parameter codeBits: the bits that any code of the memory fits in, 1 to 16.
    /// - Throws: ``LearnerError`` of the code `trace` that names a part which is larger than ``Limits`` allow.
    public func encoded(codeBits: Int) throws(LearnerError) -> [UInt8] {
        precondition((1...16).contains(codeBits), "a code has 1 to 16 bits")
        try check()
        guard codes.allSatisfy({ Int($0) >> codeBits == 0 }) else {
            throw LearnerError(.trace, "a code of the trace \(id) does not fit in \(codeBits) bits")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            320 + id.utf8.count + label.utf8.count + TraceBits.size(codes.count, width: codeBits)
                + TraceBits.size(steps.count, width: Self.stepBits) + 4 * vector.count)
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(Self.version)
        bytes.append(
            (fate == .heldOut ? Flag.heldOut : 0) | (source == nil ? 0 : Flag.source)
                | (steps.isEmpty ? 0 : Flag.steps) | (vector.isEmpty ? 0 : Flag.vector))
        append(UInt16(id.utf8.count))
        bytes.append(contentsOf: id.utf8)
        append(UInt16(label.utf8.count))
        bytes.append(contentsOf: label.utf8)
        append(UInt32(weight))
        if let source {
            bytes.append(UInt8(source.topic.utf8.count))
            bytes.append(contentsOf: source.topic.utf8)
            append(source.partition)
            append(source.offset)
        }
        bytes.append(UInt8(codeBits))
        append(UInt32(codes.count))
        TraceBits.append(codes, width: codeBits, to: &bytes)
        if !steps.isEmpty {
            append(UInt32(steps.count))
            TraceBits.append(
                steps.lazy.map { UInt16(bitPattern: $0) & ((1 << Self.stepBits) - 1) }, width: Self.stepBits,
                to: &bytes)
        }
        if !vector.isEmpty {
            append(UInt32(vector.count))
            for value in vector { append(value.bitPattern) }
        }
        return bytes
    }

    /// The trace that these bytes are.
    ///
    /// - Throws: ``LearnerError`` of the code `trace` that names what is wrong with them.
    public init(bytes: UnsafeRawBufferPointer) throws(LearnerError) {
        var reader = TraceReader(bytes)
        let version: UInt8 = try reader.number("version")
        guard version == Self.version else {
            throw LearnerError(
                .trace,
                "a trace of version \(version); this Weir reads \(Self.version). Upgrade the readers first")
        }
        let flags: UInt8 = try reader.number("flags")
        guard flags & ~(Flag.heldOut | Flag.source | Flag.steps | Flag.vector) == 0 else {
            throw LearnerError(.trace, "the trace has flags that this Weir does not know: \(flags)")
        }
        let id = try reader.text(Int(try reader.number("id", as: UInt16.self)), "id")
        let label = try reader.text(Int(try reader.number("label", as: UInt16.self)), "label")
        let weight = Int(try reader.number("weight", as: UInt32.self))
        var source: SampleSource?
        if flags & Flag.source != 0 {
            source = SampleSource(
                topic: try reader.text(Int(try reader.number("topic", as: UInt8.self)), "topic"),
                partition: try reader.number("partition"), offset: try reader.number("offset"))
        }
        let width = Int(try reader.number("bits of a code", as: UInt8.self))
        try Self.check(width, 1...16, "number of bits of a code")
        let codes = try reader.bits(try reader.count("codes", limit: Limits.codes), width: width, "codes")
        var steps: [Int16] = []
        if flags & Flag.steps != 0 {
            let unused = 16 - Self.stepBits
            steps = try reader.bits(
                try reader.count("steps", limit: Limits.dimension), width: Self.stepBits, "steps"
            )
            .map { Int16(bitPattern: $0 << unused) >> unused }
        }
        var vector: [Float] = []
        if flags & Flag.vector != 0 {
            let part = try reader.part(
                4 * (try reader.count("values of the vector", limit: Limits.dimension)), "vector")
            vector = stride(from: 0, to: part.count, by: 4).map {
                let bits = part.loadUnaligned(fromByteOffset: $0, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
        guard reader.left == 0 else {
            throw LearnerError(.trace, "the trace has \(reader.left) bytes too many")
        }
        self.init(
            id: id, label: label, weight: weight,
            fate: flags & Flag.heldOut == 0 ? .learned : .heldOut, codes: codes, steps: steps,
            vector: vector, source: source)
        try check()
    }

    /// Refuses a trace beyond ``Limits``, or one that contradicts itself.
    private func check() throws(LearnerError) {
        try Self.check(id.utf8.count, 1...Limits.textBytes, "length of the id in bytes")
        try Self.check(label.utf8.count, 1...Limits.textBytes, "length of the label in bytes")
        try Self.check(weight, 1...Limits.weight, "weight")
        if let source {
            try Self.check(source.topic.utf8.count, 1...Limits.topicBytes, "length of the topic in bytes")
            try Self.check(Int(source.partition), 0...Int(Int32.max), "partition")
            try Self.check(Int(source.offset), 0...Int.max, "offset")
        }
        try Self.check(codes.count, 1...Limits.codes, "number of codes")
        try Self.check(steps.count, 0...Limits.dimension, "number of steps")
        try Self.check(vector.count, 0...Limits.dimension, "number of values of the vector")
        let limit = Int(FeatureScale.stepLimit)
        for step in steps { try Self.check(Int(step), -limit...limit, "step") }
        guard vector.allSatisfy(\.isFinite) else {
            throw LearnerError(.trace, "the vector of the trace \(id) has a value that is not finite")
        }
        guard vector.isEmpty == (fate == .learned), steps.isEmpty || fate == .learned else {
            throw LearnerError(
                .trace,
                "a trace that is held out has a vector and no steps, and one that is learned no vector")
        }
    }

    /// Refuses a number outside its range.
    static func check(
        _ value: Int, _ range: ClosedRange<Int>, _ name: String
    ) throws(LearnerError) {
        guard range.contains(value) else {
            throw LearnerError(
                .trace,
                "the \(name) of a trace must lie in \(range.lowerBound)...\(range.upperBound); it is \(value)"
            )
        }
    }
}
