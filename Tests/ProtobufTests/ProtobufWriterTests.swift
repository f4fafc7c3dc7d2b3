import Protobuf
import TestSupport
import Testing

@Suite struct ProtobufWriterTests {
    @Test func writesWhatTheSpecificationShows() {
        // The examples of "Encoding": a varint, a text, a message inside.
        #expect(ProtobufWriter.message(expectedBytes: 3) { $0.integer(1, 150) } == [0x08, 0x96, 0x01])
        #expect(
            ProtobufWriter.message(expectedBytes: 9) { $0.string(2, "testing") } == [0x12, 0x07]
                + Array("testing".utf8))
        #expect(
            ProtobufWriter.message(expectedBytes: 5) { $0.message(3) { $0.integer(1, 150) } } == [
                0x1a, 0x03, 0x08, 0x96, 0x01,
            ])
        #expect(
            ProtobufWriter.message(expectedBytes: 0) { $0.integersIfSet(6, [3, 270, 86942]) } == [
                0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05,
            ])
        #expect(
            ProtobufWriter.message(expectedBytes: 0) { $0.integer(1, -1) } == [0x08]
                + [UInt8](repeating: 0xff, count: 9) + [0x01])
    }

    @Test func leavesDefaultsOut() {
        let bytes = ProtobufWriter.message(expectedBytes: 0) {
            $0.stringIfSet(1, "")
            $0.integerIfSet(2, 0)
            $0.booleanIfSet(3, false)
            $0.floatIfSet(4, 0)
            $0.floatsIfSet(5, [])
            $0.integersIfSet(6, [])
        }
        #expect(bytes == [])
        #expect(ProtobufWriter.message(expectedBytes: 0) { $0.floatIfSet(4, -0.0) } == [0x25, 0, 0, 0, 0x80])
        #expect(ProtobufWriter.message(expectedBytes: 0) { $0.message(7) { _ in } } == [0x3a, 0x00])
    }

    @Test("Whatever was expected, and however long the messages inside are", arguments: UInt64(1)...20)
    func isTheSameWhateverWasExpected(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let lengths = (0..<4).map { _ in
            [0, 1, 126, 127, 128, 129, 5_000, 16_383, 16_384, 20_000].randomElement(using: &generator) ?? 0
        }
        func write(_ writer: inout ProtobufWriter) {
            for length in lengths {
                writer.message(1) { writer in
                    writer.string(2, String(repeating: "é", count: length / 2))
                    writer.message(3) { $0.floatsIfSet(1, [Float](repeating: 1.5, count: length / 4)) }
                }
            }
        }
        let whole = ProtobufWriter.message(expectedBytes: 1 << 20, write)
        for expected in [0, 1, 100, whole.count - 1, whole.count, whole.count + 1] {
            #expect(ProtobufWriter.message(expectedBytes: expected, write) == whole, "seed \(seed)")
        }
        try whole.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            for length in lengths {
                _ = try reader.nextField()
                var message = try reader.message()
                _ = try message.nextField()
                #expect(try message.string().utf8.count == length / 2 * 2)
                _ = try message.nextField()
                var inner = try message.message()
                if length / 4 > 0 {
                    _ = try inner.nextField()
                    #expect(try inner.packedFloats().count == length / 4 * 4)
                }
                #expect(try inner.nextField() == nil)
                #expect(try message.nextField() == nil)
            }
            #expect(try reader.nextField() == nil)
        }
    }
}
