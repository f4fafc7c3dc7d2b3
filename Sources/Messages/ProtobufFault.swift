import SwiftProtobuf

/// Decoding of Protocol Buffers with a reason when it fails. The library says only that it failed, so the
/// message is walked again to find where; good messages do not pay for it.
enum ProtobufFault {
    /// Decodes a message. Unknown fields are dropped, which bounds what a strange message can allocate.
    static func decode<Decoded: Message>(
        _: Decoded.Type, _ value: UnsafeRawBufferPointer
    ) throws(Rejection) -> Decoded {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            return try Decoded(serializedBytes: value.bytes, options: options)
        } catch {
            throw Rejection(
                .protobuf,
                "\(find(value)); send a \(Decoded.protoMessageName) of weir.proto, or name the format in the header "
                    + "content-type")
        }
    }

    /// Says where the fields of a message stop to make sense.
    private static func find(_ bytes: UnsafeRawBufferPointer) -> String {
        var offset = 0
        /// The next varint, or nil if it is cut off or longer than ten bytes.
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for place in 0..<10 {
                guard offset < bytes.count else { return nil }
                let byte = bytes[offset]
                offset += 1
                value |= UInt64(byte & 0x7f) << UInt64(7 * place)
                if byte < 0x80 { return value }
            }
            return nil
        }
        while offset < bytes.count {
            let start = offset
            guard let tag = varint(), tag >> 3 > 0, tag >> 3 < 1 << 29 else {
                return "byte \(start): no field begins here"
            }
            let length: UInt64?
            switch tag & 7 {
            case 0: length = varint().map { _ in 0 }
            case 1: length = 8
            case 2: length = varint()
            case 5: length = 4
            default: return "byte \(start): field \(tag >> 3) has a wire type that is not read here"
            }
            guard let length, length <= UInt64(bytes.count - offset) else {
                return "byte \(start): field \(tag >> 3) says it is longer than the value"
            }
            offset += Int(length)
        }
        return "a text is not UTF-8, or a nested message or a packed list is damaged"
    }
}
