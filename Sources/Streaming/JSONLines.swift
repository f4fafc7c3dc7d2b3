import Foundation

/// A file with a JSON value in each line.
package enum JSONLines {
    /// Hands out the lines that are not blank, with their numbers from 1 on.
    ///
    /// - Throws: ``StateError`` when there is no such file, and what `body` throws.
    package static func read(
        _ path: String, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
    ) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StateError("\(path) cannot be read: there is no such file, or no right to read it")
        }
        try data.withUnsafeBytes { bytes in
            // Windows programs like to begin a file with this mark.
            let mark: [UInt8] = [0xef, 0xbb, 0xbf]
            let text = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(bytes.starts(with: mark) ? 3 : 0))
            var number = 0
            for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                number += 1
                if line.allSatisfy({ [0x20, 0x09, 0x0d].contains($0) }) { continue }
                try body(UnsafeRawBufferPointer(rebasing: line), number)
            }
        }
    }
}
