import Foundation

/// The built program, which lies beside the tests.
enum Program {
    static let url = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("weir")

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - folder: where it runs; here when none is given.
    ///   - file: where its output goes in the place of what is returned.
    static func run(_ arguments: [String], folder: String? = nil, to file: FileHandle? = nil) throws -> (
        status: Int32, output: String, errors: String
    ) {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent(
            "weir-errors-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardOutput = file ?? output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let data = file == nil ? output.fileHandleForReading.readDataToEndOfFile() : Data()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: data, as: UTF8.self),
            try String(contentsOf: errors, encoding: .utf8)
        )
    }

    /// Starts it in a folder; all that it prints goes to a file there.
    static func start(_ arguments: [String], folder: String, log: String) throws -> Process {
        let path = "\(folder)/\(log)"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        return process
    }

    /// Asks it to stop, and waits; gives its exit code.
    @discardableResult
    static func stop(_ process: Process) -> Int32 {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
