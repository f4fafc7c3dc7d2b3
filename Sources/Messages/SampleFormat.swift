/// How the value of a record is written.
public enum SampleFormat: String, CaseIterable, Sendable {
    /// A JSON object, `schemas/sample.schema.json`.
    case json
    /// The message `weir.v1.Sample` of `schemas/weir.proto`.
    case protobuf

    /// The value of the header `content-type` that names the format.
    public var contentType: String {
        switch self {
        case .json: "application/json"
        case .protobuf: "application/x-protobuf"
        }
    }

    private static let jsonName = Array(json.contentType.utf8)
    private static let protobufName = Array(protobuf.contentType.utf8)

    /// The format a `content-type` header names. Case and parameters (`; charset=utf-8`) do not matter.
    ///
    /// - Throws: `E_CONTENT_TYPE` when it names none that is read.
    static func named(_ header: [UInt8]) throws(Rejection) -> SampleFormat {
        // As nearly every record has it; the rest is for what people write besides.
        if header == protobufName { return .protobuf }
        if header == jsonName { return .json }
        // Longer ones are compared by their beginning, which is no name that is known.
        let text = String(decoding: header.prefix(256).prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
        let name = text.lowercased().drop { $0 == " " || $0 == "\t" }
        // Trailing space is dropped by hand, so that no Foundation is needed.
        let end = name.lastIndex { $0 != " " && $0 != "\t" }.map { name.index(after: $0) }
        switch name[..<(end ?? name.startIndex)] {
        case "application/json": return .json
        case "application/x-protobuf", "application/protobuf": return .protobuf
        case let name where name.hasPrefix("application/cloudevents"):
            throw Rejection(
                .contentType,
                "header content-type: this is a CloudEvent in structured mode, which is not read; send it in "
                    + "binary mode (the data alone as the value, its attributes as ce_ headers)")
        default:
            throw Rejection(
                .contentType,
                "header content-type is none that is read; use application/json or application/x-protobuf, or leave the header out for the stream's default"
            )
        }
    }
}
