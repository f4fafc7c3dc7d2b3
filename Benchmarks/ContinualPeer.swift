import Arguments
import Foundation

/// The peer's program, which measures a slice of a case each time its name is sent.
final class ContinualPeer {
    /// What the peer says of a slice.
    struct Figure: Decodable {
        let step_ms_median: Double
        let step_ms_mean: Double
        let clip_ms_median: Double
        let state_bytes: Int
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var buffer = Data()

    init(python: String, program: String, seconds: Double) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, program, "--serve", "--seconds", "\(seconds)"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Has a slice measured.
    func slice(_ name: String) throws -> Figure {
        input.fileHandleForWriting.write(Data("\(name)\n".utf8))
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end]
                buffer = Data(buffer[(end + 1)...])
                return try JSONDecoder().decode(Figure.self, from: line)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw ValidationError(
                    "the peer ended; does its Python have what scripts/peers/requirements.txt lists?")
            }
            buffer += more
        }
    }
}
