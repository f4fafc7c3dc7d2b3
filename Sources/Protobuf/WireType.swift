/// How the content of a field is written: the lowest three bits of its tag.
public enum WireType: UInt8, Sendable {
    /// A number of seven bits a byte, the lowest first, in at most ten bytes.
    case varint = 0
    /// Eight bytes.
    case fixed64 = 1
    /// A length and so many bytes: text, bytes, a message, or a packed list.
    case lengthDelimited = 2
    /// The beginning of a group, which is read as unknown.
    case groupStart = 3
    /// The end of a group.
    case groupEnd = 4
    /// Four bytes.
    case fixed32 = 5
}
