import Files
import Foundation

/// A file of text, line by line. No more of it is in memory than the longest line, which is bounded.
package enum TextLines {
    /// Which bytes end a line.
    package enum Ends {
        /// A line feed.
        case feed
        /// A line feed, a carriage return, or both as one: what programs for tables write.
        case feedOrReturn
    }

    /// The most bytes of a line: 65,536 numbers with all their digits, and more.
    package static let lineBytesMax = 16 << 20

    private static let blockBytes = 1 << 20

    /// Hands out the lines with their numbers from 1 on, without their ends.
    ///
    /// - Parameter limit: the most bytes that the file may have.
    /// - Throws: ``StateError`` when the file cannot be read or a line is too long, and what `body` throws.
    package static func read(
        _ path: String, limit: Int, ends: Ends = .feed, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
        let file: InputFile
        do throws(FileError) {
            file = try InputFile(path: path, limit: limit)
        } catch {
            throw StateError(error.description)
        }
        var block = [UInt8](repeating: 0, count: min(blockBytes, file.size))
        // The line so far, of which the blocks before had a part.
        var begun: [UInt8] = []
        var number = 1
        var endedByReturn = false
        var place = 0
        while place < file.size {
            let count = min(block.count, file.size - place)
            do {
                try block.withUnsafeMutableBytes { buffer in
                    try file.read(
                        from: place, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
                }
            } catch let error as FileError {
                throw StateError(error.description)
            }
            try block.withUnsafeBytes { buffer in
                // Windows programs like to begin a file with this mark.
                let mark: [UInt8] = [0xef, 0xbb, 0xbf]
                var start = place == 0 && buffer[..<count].starts(with: mark) ? mark.count : 0
                for index in start..<count {
                    let byte = buffer[index]
                    guard byte == 0x0a || byte == 0x0d && ends == .feedOrReturn else { continue }
                    defer { start = index + 1 }
                    let isSecond = endedByReturn && byte == 0x0a && index == start && begun.isEmpty
                    endedByReturn = byte == 0x0d
                    if isSecond { continue }
                    let rest = UnsafeRawBufferPointer(rebasing: buffer[start..<index])
                    try checkLength(begun.count + rest.count, path, number)
                    if begun.isEmpty {
                        try body(rest, number)
                    } else {
                        begun += rest
                        try begun.withUnsafeBytes { try body($0, number) }
                        begun = []
                    }
                    number += 1
                }
                begun += buffer[start..<count]
            }
            try checkLength(begun.count, path, number)
            place += count
        }
        if !begun.isEmpty { try begun.withUnsafeBytes { try body($0, number) } }
    }

    private static func checkLength(_ bytes: Int, _ path: String, _ number: Int) throws {
        guard bytes <= lineBytesMax else {
            throw StateError(
                "\(path): line \(number) has more than \(lineBytesMax) bytes, which is no line of such a file"
            )
        }
    }
}
