/// A place in a YAML text.
public struct YAMLMark: Sendable, Equatable {
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in characters.
    public let column: Int

    /// A place; both numbers count from 1.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The place of a byte. Lines end as libyaml ends them: with LF, CR, CR LF, U+0085, U+2028 or U+2029.
    init(offset: Int, in bytes: some Collection<UInt8>) {
        var line = 1
        var column = 1
        // Of the last three bytes, the newest at the right.
        var recent: UInt32 = 0
        for byte in bytes.prefix(offset) {
            recent = recent << 8 & 0xff_ffff | UInt32(byte)
            switch recent {
            case _ where recent & 0xffff == 0x0d0a:
                // The CR has ended the line.
                break
            case _ where byte == 0x0a || byte == 0x0d, 0xe280a8, 0xe280a9,
                _ where recent & 0xffff == 0xc285:
                line += 1
                column = 1
            case _ where byte & 0xc0 == 0x80:
                // A character counts once, by its first byte.
                break
            default:
                column += 1
            }
        }
        self.init(line: line, column: column)
    }
}
