import JSON

extension JSONReader {
    /// Reads a time of RFC 3339 as milliseconds since 1970.
    mutating func readTimestamp(_ path: String) throws(Rejection) -> Int64 {
        guard let time = Timestamp(try readString(path)) else {
            throw Rejection(.json, "\(path): not a time of RFC 3339 such as 2026-10-05T07:08:09.123Z")
        }
        return time.milliseconds
    }
}
