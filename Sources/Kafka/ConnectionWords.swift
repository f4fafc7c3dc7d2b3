/// The parts of what librdkafka says of a connection:
/// `[thrd:…]: sasl_ssl://host:9093/bootstrap: what was wrong (after 304ms in state AUTH_REQ, 1 identical error(s) suppressed)`.
struct ConnectionWords {
    /// Host and port.
    let broker: String
    /// What was wrong.
    let said: String
    /// In which state the connection was, such as `SSL_HANDSHAKE`; empty when that is not said.
    let state: String
    /// How long it was in that state.
    let milliseconds: Int
    private let lowercased: String

    init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("[thrd:"), let end = rest.range(of: "]: ") { rest = rest[end.upperBound...] }
        guard let name = Self.takeBroker(&rest) else { return nil }
        broker = name
        // The last parenthesis is librdkafka's; those before it belong to what was wrong.
        if let after = rest.range(of: " (after ", last: true) {
            let tail = rest[after.upperBound...]
            said = String(rest[..<after.lowerBound])
            milliseconds = Int(tail.prefix { $0.isNumber }) ?? .max
            state =
                tail.range(of: "in state ").map {
                    String(tail[$0.upperBound...].prefix { $0 == "_" || $0.isLetter })
                }
                ?? ""
        } else {
            said = String(rest)
            milliseconds = .max
            state = ""
        }
        lowercased = said.lowercased()
    }

    /// Takes `sasl_ssl://host:9093/bootstrap: ` off the beginning. The coordinator has a name of its own before it.
    private static func takeBroker(_ rest: inout Substring) -> String? {
        for _ in 0..<2 {
            guard let end = rest.range(of: ": ") else { return nil }
            var name = rest[..<end.lowerBound]
            rest = rest[end.upperBound...]
            if let scheme = name.range(of: "://") { name = name[scheme.upperBound...] }
            name = name.prefix { $0 != "/" }
            guard let colon = name.lastIndex(of: ":") else { continue }
            let port = name[name.index(after: colon)...]
            if colon != name.startIndex, !port.isEmpty, port.allSatisfy(\.isNumber) { return String(name) }
        }
        return nil
    }

    /// Whether the words, in small letters, are among what was said.
    func has(_ words: String) -> Bool { lowercased.contains(words) }

    /// Whether the connection ended without a word of why.
    var isClosing: Bool {
        ["disconnected", "broken pipe", "reset by peer", "closed by peer", "unexpected eof"].contains {
            has($0)
        }
    }

    /// Which SASL mechanisms the broker said it takes.
    var mechanisms: String? {
        guard let place = said.range(of: "supported mechanisms: ") else { return nil }
        let list = said[place.upperBound...].split { $0 == "," || $0 == " " }
        return list.isEmpty ? nil : list.joined(separator: ", ")
    }
}

extension StringProtocol {
    /// Where a text lies in this one, looked for without Foundation.
    fileprivate func range(of text: String, last: Bool = false) -> Range<Index>? {
        let starts = last ? Array(indices.reversed()) : Array(indices)
        for start in starts where self[start...].hasPrefix(text) {
            return start..<index(start, offsetBy: text.count)
        }
        return nil
    }
}
