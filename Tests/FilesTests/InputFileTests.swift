import Files
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct InputFileTests {
    private func with(_ body: (String) throws -> Void) throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.path
        try body(folder)
    }

    /// What is said of a file that is refused, the path left out.
    private func fault(_ path: String, limit: Int = 1 << 20) -> (text: String, isMissing: Bool) {
        let error = #expect(throws: FileError.self) { try InputFile.contents(of: path, limit: limit) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.hasPrefix(path), "\(text)")
        return (String(text.dropFirst(path.count)), error?.isMissing ?? false)
    }

    @Test func readsWhatIsThere() throws {
        try with { folder in
            let path = "\(folder)/x"
            try Data("0123456789".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try InputFile.contents(of: path, limit: 10) == Data("0123456789".utf8))
            let file = try InputFile(path: path, limit: 10)
            var bytes: [UInt8] = [0, 0, 0]
            try bytes.withUnsafeMutableBytes { try file.read(from: 4, into: $0) }
            #expect(file.size == 10 && bytes == Array("456".utf8))
            #expect(throws: FileError.self) {
                try bytes.withUnsafeMutableBytes { try file.read(from: 8, into: $0) }
            }
            #expect(symlink("x", "\(folder)/link") == 0)
            #expect(try InputFile.contents(of: "\(folder)/link", limit: 10).count == 10)
        }
    }

    @Test func refusesWhatIsTooLargeBeforeItIsRead() throws {
        try with { folder in
            let path = "\(folder)/sparse"
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            // It takes no room on the disk. Were it read, the test would need as much memory.
            #expect(truncate(path, 1 << 40) == 0)
            #expect(fault(path).text == " has 1099511627776 bytes; at most 1048576 are read")
        }
    }

    @Test func namesWhatIsNoFile() throws {
        try with { folder in
            #expect(fault(folder).text == " is a folder; name a file")
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            #expect(fault("\(folder)/pipe").text == " is a named pipe; name a file")
            #expect(fault("/dev/zero").text == " is a device; name a file")
            #expect(fault("\(folder)/none").text == " cannot be read: there is no such file")
            #expect(symlink("nowhere", "\(folder)/dangling") == 0)
            #expect(fault("\(folder)/dangling").text.hasSuffix("a symbolic link to what is not there"))
            #expect(fault("\(folder)/none").isMissing && !fault(folder).isMissing)
            #expect(fault("\(folder)/a\0b").text.contains("NUL"))
            #expect(fault("\(folder)/x\(String(repeating: "x", count: 300))").text.contains("too long"))
        }
    }
}
