import Arguments
import Foundation
import Glibc
import Text

/// What commands print: text for people, with colours and moving lines only where a person looks, and JSON.
enum Terminal {
    /// Whether standard output is a terminal that wants colours.
    static let isInteractive =
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// Writes a line to standard output.
    ///
    /// - Throws: as `StandardOutput.write(_:)`, when nobody reads it any more or the disk is full.
    static func line(_ text: TerminalText = "") throws { try StandardOutput.line(text.text) }

    /// Draws the line where the cursor is anew. It is no result, so one that is not drawn is no fault.
    static func draw(_ text: TerminalText) { try? StandardOutput.write("\r\u{1b}[K\(text.text)") }

    /// Writes a line to standard error.
    static func note(_ text: TerminalText) { StandardError.write(text.text + "\n") }

    static func bold(_ text: TerminalText) -> TerminalText { style("1", text) }
    static func green(_ text: TerminalText) -> TerminalText { style("32", text) }
    static func red(_ text: TerminalText) -> TerminalText { style("31", text) }
    static func dim(_ text: TerminalText) -> TerminalText { style("2", text) }

    private static func style(_ code: String, _ text: TerminalText) -> TerminalText {
        isInteractive ? TerminalText(escaped: "\u{1b}[\(code)m\(text.text)\u{1b}[0m") : text
    }

    /// A table with a header; columns but the first are aligned to the right. Cells are escaped.
    ///
    /// - Throws: as ``line(_:)``.
    static func table(_ header: [String], _ rows: [[String]]) throws {
        let shown = ([header] + rows).map { $0.map { $0.shown() } }
        let widths = header.indices.map { column in shown.map { $0[column].count }.max() ?? 0 }
        let lines = shown.map { cells in
            let parts = cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }
            return TerminalText(escaped: parts.joined(separator: "  "))
        }
        try line(bold(lines[0]))
        for text in lines.dropFirst() { try line(text) }
    }

    /// A number with a fixed number of digits after the point.
    static func fixed(_ value: Double?, _ digits: Int) -> String {
        guard let value, value.isFinite else { return "-" }
        return String(format: "%.\(digits)f", value)
    }
}
