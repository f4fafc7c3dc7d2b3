import Protobuf
import Testing

@Suite struct ProtobufReaderTests {
    /// What a message holds, field by field, as a reader without a schema sees it.
    static func fields(_ bytes: [UInt8]) throws -> [String] {
        try bytes.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            var found: [String] = []
            while let field = try reader.nextField() {
                switch field.type {
                case .varint: found.append("\(field.number)=\(try reader.varint())")
                case .fixed32: found.append("\(field.number)=\(try reader.float())")
                case .lengthDelimited: found.append("\(field.number)=\(try reader.string())")
                default:
                    try reader.skip(field)
                    found.append("\(field.number) skipped")
                }
            }
            return found
        }
    }

    static func fault(_ bytes: [UInt8]) -> ProtobufError? {
        do {
            _ = try fields(bytes)
            return nil
        } catch {
            return error as? ProtobufError
        }
    }

    @Test func readsEveryWireType() throws {
        let bytes: [UInt8] =
            [0x08, 0xac, 0x02] + [0x12, 0x02, 0xc3, 0xa9] + [0x1d, 0, 0, 0xc0, 0x3f]
            + [0x21, 1, 2, 3, 4, 5, 6, 7, 8] + [0xf8, 0xff, 0xff, 0xff, 0x0f, 0x01]
        #expect(try Self.fields(bytes) == ["1=300", "2=é", "3=1.5", "4 skipped", "536870911=1"])
        #expect(try Self.fields([]) == [])
    }

    @Test func takesNumbersThatAreLongerThanNeeded() throws {
        #expect(try Self.fields([0x88, 0x80, 0x00, 0x81, 0x80, 0x00]) == ["1=1"])
        let ten = [UInt8](repeating: 0xff, count: 9) + [0x01]
        #expect(try Self.fields([0x08] + ten) == ["1=\(UInt64.max)"])
    }

    @Test func skipsGroupsAndWhatIsInThem() throws {
        // Group 1 holds group 2 with a varint, and a text.
        #expect(
            try Self.fields([0x0b, 0x13, 0x08, 0x07, 0x14, 0x12, 0x01, 0x61, 0x0c, 0x08, 0x05]) == [
                "1 skipped", "1=5",
            ])
        let depth = ProtobufReader.groupDepthMax
        let nested = [UInt8](repeating: 0x0b, count: depth) + [UInt8](repeating: 0x0c, count: depth)
        #expect(try Self.fields(nested) == ["1 skipped"])
        #expect(Self.fault([0x0b] + nested + [0x0c])?.fault == .depth)
    }

    @Test(
        arguments: [
            ([0x00], .noField, 0), ([0x08, 0x01, 0x07], .noField, 2), ([0x06], .noField, 0),
            ([0xff, 0xff, 0xff, 0xff, 0x1f], .noField, 0),
            ([0x88, 0x80, 0x80, 0x80, 0x80, 0x00], .noField, 0),
            ([0x08], .cut, 0), ([0x08, 0xff], .cut, 0), ([0x1d, 0, 0, 0], .cut, 0), ([0x80], .cut, 0),
            ([0x08] + [UInt8](repeating: 0x80, count: 10) + [0], .longVarint, 0),
            ([0x12, 0x01], .length, 0), ([0x08, 0x01, 0x12, 0x7f, 0x61], .length, 2),
            ([0x12, 0xff, 0xff, 0xff, 0xff, 0x07], .length, 0),
            ([0x12] + [UInt8](repeating: 0xff, count: 9) + [0x01], .length, 0),
            ([0x12, 0x02, 0xc3, 0x28], .utf8, 0), ([0x12, 0x03, 0xed, 0xa0, 0x80], .utf8, 0),
            ([0x0c], .group, 0), ([0x0b], .group, 0), ([0x0b, 0x14], .group, 1),
        ] as [([UInt8], ProtobufError.Fault, Int)])
    func namesFaultAndByte(bytes: [UInt8], fault: ProtobufError.Fault, offset: Int) {
        let found = Self.fault(bytes)
        #expect(found?.fault == fault && found?.offset == offset, "\(bytes): \(found?.description ?? "read")")
    }

    @Test func readsListsAndMessagesWithOffsetsOfTheWhole() throws {
        // Field 4: a message whose field 2 is a packed list of varints, the last one cut.
        let bytes: [UInt8] = [0x08, 0x01, 0x22, 0x04, 0x12, 0x02, 0x05, 0x80]
        try bytes.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            _ = try reader.nextField()
            _ = try reader.varint()
            _ = try reader.nextField()
            var inner = try reader.message()
            _ = try inner.nextField()
            var numbers: [UInt64] = []
            let error = #expect(throws: ProtobufError.self) { try inner.packedVarints { numbers.append($0) } }
            #expect(numbers == [5])
            #expect(error == ProtobufError(.packedList, offset: 4, field: 2))
            #expect(try reader.nextField() == nil)
        }
        #expect("\(ProtobufError(.length, offset: 4, field: 2))".hasPrefix("byte 4: field 2 "))
        let odd: [UInt8] = [0x12, 0x05, 1, 2, 3, 4, 5]
        odd.withUnsafeBytes { bytes in
            var reader = ProtobufReader(bytes)
            #expect(throws: ProtobufError.self) {
                _ = try reader.nextField()
                _ = try reader.packedFloats()
            }
        }
    }
}
