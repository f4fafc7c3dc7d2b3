import Foundation

/// The commands that the repository's texts name: messages and help in the sources, and the pages.
///
/// A command stands in backticks, or begins an indented line: an example of a page or of a help text. Two spaces, a
/// comment, a pipe or a redirection end it.
struct NamedCommands {
    struct Command {
        let place: String
        let text: String
    }

    private(set) var commands: [Command] = []
    /// Where a source names a command that could not be found as above.
    private(set) var loose: [String] = []

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// - Parameter program: how the commands begin, as a regular expression.
    init(_ program: Regex<Substring>) throws {
        for path in try Self.paths() {
            let text = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
            // A line that ends with a backslash goes on, and so does what is in backticks.
            let joined = text.replacing(/\\\n\s*/, with: "")
            for (number, line) in joined.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            {
                let place = "\(path), near line \(number + 1)"
                var rest = String(line)
                for span in line.matches(of: /`([^`]+)`/) {
                    rest = rest.replacing(span.0, with: "")
                    guard span.1.prefixMatch(of: program) != nil else { continue }
                    commands.append(Command(place: place, text: Self.command(span.1)))
                }
                // Environment variables, `$` and the beginning of a substitution may come first.
                let example = /^\s+(?:\$ |Next: +|source <\(|[A-Z_]+=\S+ +|[a-z].* && )*/
                if let start = rest.prefixMatch(of: example)?.range.upperBound,
                    rest[start...].prefixMatch(of: program) != nil
                {
                    commands.append(Command(place: place, text: Self.command(rest[start...])))
                } else if path.hasSuffix(".swift"), rest.contains(program) {
                    loose.append("\(place): \(line)")
                }
            }
        }
    }

    private static func command(_ line: Substring) -> String {
        let end = line.firstMatch(of: /\s{2,}|\s+(?:#|[0-9]?>|\||&)|\)\s*$|\)\s+#/)?.range.lowerBound
        return String(line[..<(end ?? line.endIndex)])
    }

    private static func paths() throws -> [String] {
        let below = try ["Sources", "docs", "schemas", "examples", "compose"].flatMap { folder in
            try FileManager.default.subpathsOfDirectory(
                atPath: root.appendingPathComponent(folder).path
            ).map { "\(folder)/\($0)" }
        }
        return (below + ["README.md"]).filter { path in
            [".swift", ".md", ".yaml", ".py"].contains { path.hasSuffix($0) }
        }.sorted()
    }

    /// The words of a command line as a shell has them, with something in the place of what is put in.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        // Interpolations of Swift, `…` and `<name>` stand for any word; a number is one for every parameter.
        for character in text.replacing(/\\\((?:[^()]|\([^()]*\))*\)|…|<[a-z-]+>/, with: "1") {
            switch character {
            case quote: quote = nil
            case "'" where quote == nil, "\"" where quote == nil: quote = character
            case " " where quote == nil:
                if !word.isEmpty { words.append(word) }
                word = ""
            default: word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}
