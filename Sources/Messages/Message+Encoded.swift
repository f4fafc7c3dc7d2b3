import SwiftProtobuf

extension Message {
    /// The message in bytes.
    ///
    /// - Throws: `E_TOO_LARGE`, the only fault a proto3 message can have when it is written.
    func encoded() throws(Rejection) -> [UInt8] {
        do {
            return try serializedBytes()
        } catch {
            throw Rejection(.tooLarge, "the message exceeds the 2 GiB that Protocol Buffers allow")
        }
    }
}
