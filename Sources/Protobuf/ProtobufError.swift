/// Why bytes are no Protocol Buffers message: the place and the fault, never the content.
public struct ProtobufError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What can be wrong.
    public enum Fault: Sendable, Equatable {
        /// No tag stands where a field must begin: field number 0, wire type 6 or 7, or more than 32 bits.
        case noField
        /// The bytes end in the middle of a field.
        case cut
        /// A varint has more than ten bytes.
        case longVarint
        /// A length is above 2^31 - 1, or reaches past the end of the message it stands in.
        case length
        /// A group ends that did not begin, or is not ended.
        case group
        /// Groups are nested deeper than ``ProtobufReader/groupDepthMax``.
        case depth
        /// A text is not UTF-8.
        case utf8
        /// A packed list ends in the middle of a number.
        case packedList
    }

    /// What is wrong.
    public let fault: Fault
    /// The byte at which the field begins that is wrong, from 0, in the bytes of the outermost reader.
    public let offset: Int
    /// The number of the field, or 0 where no field could be read.
    public let field: Int

    /// An error.
    public init(_ fault: Fault, offset: Int, field: Int = 0) {
        self.fault = fault
        self.offset = offset
        self.field = field
    }

    /// The byte and the fault.
    public var description: String {
        let field = field == 0 ? "the field" : "field \(field)"
        let what =
            switch fault {
            case .noField: "no field begins here"
            case .cut: "\(field) is cut off"
            case .longVarint: "\(field) has a number of more than ten bytes"
            case .length: "\(field) says it is longer than what holds it"
            case .group: "\(field) begins or ends a group without its other end"
            case .depth: "\(field) nests groups more than \(ProtobufReader.groupDepthMax) deep"
            case .utf8: "\(field) is text and not UTF-8"
            case .packedList: "\(field) is a list that ends in the middle of a number"
            }
        return "byte \(offset): \(what)"
    }
}
