/// Base64 as in RFC 4648, section 4: the standard alphabet, padded, without line breaks.
enum Base64 {
    /// Values of the alphabet by character; 0xff for all others.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The bytes that `text` stands for.
    ///
    /// - Throws: `E_BASE64`, with the place of the fault counted in the text.
    static func decode(_ text: UnsafeBufferPointer<UInt8>, _ path: String) throws(Rejection) -> [UInt8] {
        guard text.count.isMultiple(of: 4) else {
            throw Rejection(
                .base64, "\(path) has \(text.count) characters; base64 comes in fours, padded with '='")
        }
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        let values = Self.values
        var buffer: UInt32 = 0
        var bits = 0
        for index in 0..<end {
            let value = values[Int(text[index])]
            guard value != 0xff else {
                throw Rejection(
                    .base64,
                    "\(path), character \(index) is not of the base64 alphabet (A-Z a-z 0-9 + /); the URL form "
                        + "and line breaks are not read")
            }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        guard buffer & (1 << UInt32(bits) - 1) == 0 else {
            throw Rejection(
                .base64, "\(path): the last character has bits that stand for nothing; encode again")
        }
        return bytes
    }
}
