import Foundation
import Glibc

/// Text for people: colours and moving lines only where a person looks.
enum Terminal {
    /// Whether standard output is a terminal that wants colours.
    static let isInteractive =
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// Writes a line to standard output.
    static func line(_ text: String = "") { write(text + "\n") }

    /// Writes to standard output at once.
    static func write(_ text: String) {
        // A reader that has gone or a full disk is no reason to end what else is going on.
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    /// Writes a line to standard error.
    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    static func bold(_ text: String) -> String { style("1", text) }
    static func green(_ text: String) -> String { style("32", text) }
    static func red(_ text: String) -> String { style("31", text) }
    static func dim(_ text: String) -> String { style("2", text) }

    private static func style(_ code: String, _ text: String) -> String {
        isInteractive ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    /// A table with a header; columns but the first are aligned to the right.
    static func table(_ header: [String], _ rows: [[String]]) {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        func format(_ cells: [String]) -> String {
            cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
        line(bold(format(header)))
        for row in rows { line(format(row)) }
    }

    /// A number with a fixed number of digits after the point.
    static func fixed(_ value: Double?, _ digits: Int) -> String {
        guard let value, value.isFinite else { return "-" }
        return String(format: "%.\(digits)f", value)
    }
}
