import JSON
import Text

extension MetricsWindow {
    init(_ reader: inout JSONReader) throws(Rejection) {
        var kind: Kind?
        var n: Int64?
        try reader.readObject("window") { (reader, key) throws(Rejection) in
            switch key {
            case "kind": kind = Kind(rawValue: try reader.readString("window.kind").asWord)
            case "n": n = try reader.readInteger("window.n")
            default: try reader.skipValue()
            }
        }
        guard let kind else { throw Rejection(.json, "window.kind is none of last, cumulative and fading") }
        self.init(kind: kind, n: Int(try JSONReader.required(n, "window.n")))
    }
}
