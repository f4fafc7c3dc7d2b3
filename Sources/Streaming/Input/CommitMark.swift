/// What Weir commits beside each offset, so that it knows its own commits from those of others: the stream, the state that
/// answered, and the run that committed.
///
/// One line of printable ASCII, as librdkafka before 2.6.1 garbles other bytes:
/// `weir stream=digits state=90ab12cd34ef5678 run=12cd34ef567890ab since=1764540000000 by=host/4711`.
package struct CommitMark: Equatable, Sendable {
    /// The stream's name.
    package let stream: String
    /// The state's identity.
    package let state: String
    /// The run that committed.
    package let instance: StreamInstance

    /// A mark.
    package init(stream: String, state: String, instance: StreamInstance) {
        self.stream = stream
        self.state = state
        self.instance = instance
    }

    /// What is committed.
    package var text: String {
        let name = Self.printable(instance.name)
        return
            "weir stream=\(Self.printable(stream)) state=\(state) run=\(instance.id) since=\(instance.began) by=\(name)"
    }

    /// Reads what was committed; nil when it is no mark of Weir's.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.first == "weir" else { return nil }
        var values: [Substring: String] = [:]
        for word in words.dropFirst() {
            guard let equals = word.firstIndex(of: "=") else { return nil }
            values[word[..<equals]] = String(word[word.index(after: equals)...])
        }
        guard let stream = values["stream"], let state = values["state"], let run = values["run"],
            let since = values["since"].flatMap(Int64.init), let name = values["by"]
        else { return nil }
        self.init(
            stream: stream, state: state, instance: StreamInstance(name: name, began: since, id: run))
    }

    /// Whether it names this stream.
    package func isOf(stream: String) -> Bool { self.stream == Self.printable(stream) }

    /// Bytes that are no printable ASCII, and blanks, as `%20`.
    private static func printable(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if (0x21...0x7E).contains(byte), byte != 0x25 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + String(repeating: "0", count: 2 - digits.count) + digits
            }
        }
        return result
    }
}
