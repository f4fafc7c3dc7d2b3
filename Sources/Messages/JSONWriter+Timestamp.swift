import JSON

extension JSONWriter {
    /// Writes a time in quotes as RFC 3339 with milliseconds, in UTC.
    mutating func timestamp(_ milliseconds: Int64) {
        let time = Timestamp(milliseconds: milliseconds)
        bytes.append(UInt8(ascii: "\""))
        digits(UInt64(time.year), width: 4)
        bytes.append(UInt8(ascii: "-"))
        digits(UInt64(time.month), width: 2)
        bytes.append(UInt8(ascii: "-"))
        digits(UInt64(time.day), width: 2)
        bytes.append(UInt8(ascii: "T"))
        digits(UInt64(time.hour), width: 2)
        bytes.append(UInt8(ascii: ":"))
        digits(UInt64(time.minute), width: 2)
        bytes.append(UInt8(ascii: ":"))
        digits(UInt64(time.second), width: 2)
        bytes.append(UInt8(ascii: "."))
        digits(UInt64(time.millisecond), width: 3)
        bytes.append(UInt8(ascii: "Z"))
        bytes.append(UInt8(ascii: "\""))
    }
}
