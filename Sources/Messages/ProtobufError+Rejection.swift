import Protobuf

extension ProtobufError {
    /// The reason for a dead letter, which says what was expected instead.
    func rejection(expecting message: String) -> Rejection {
        Rejection(
            .protobuf,
            "\(self); send a weir.v1.\(message) of weir.proto, or name the format in the header content-type")
    }
}

extension ProtobufWriter {
    /// Writes a message that a reader takes.
    ///
    /// - Throws: `E_TOO_LARGE` above the 2 GiB that Protocol Buffers allow.
    static func checkedMessage(
        expectedBytes: Int, _ body: (inout ProtobufWriter) -> Void
    ) throws(Rejection) -> [UInt8] {
        let bytes = message(expectedBytes: expectedBytes, body)
        guard bytes.count <= Int32.max else {
            throw Rejection(.tooLarge, "the message exceeds the 2 GiB that Protocol Buffers allow")
        }
        return bytes
    }
}
