import Foundation
import Messages
import YAML

/// Reads what others wrote and writes it again, for `scripts/check-protobuf` and `scripts/fuzz`.
///
/// Standard input: a letter, four bytes of length, little-endian, and the content; again and again. The letters: `S` a
/// record of samples of 4 features, `F` one of frames of 2 values and `P` a prediction, as Protocol Buffers; `J` a record
/// of samples as JSON; `Y` a YAML text.
///
/// Standard output, for each: `W`, length, and the content as Weir writes what it read; or `R`, length, and why it was
/// refused: a code, or the message of a YAML error.
@main struct ParserPeer {
    static func main() throws {
        while let head = try read(5) {
            let length = head[1...].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            guard let content = try read(length) else { break }
            let (letter, answer) = answered(head[0], content)
            let count = UInt32(answer.count)
            let bytes = [letter] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + answer
            try FileHandle.standardOutput.write(contentsOf: bytes)
        }
    }

    /// So many bytes, or nil at the end.
    private static func read(_ count: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let more = try FileHandle.standardInput.read(upToCount: count - bytes.count), !more.isEmpty
            else { return nil }
            bytes += more
        }
        return bytes
    }

    private static func answered(_ kind: UInt8, _ content: [UInt8]) -> (UInt8, [UInt8]) {
        if kind == UInt8(ascii: "Y") {
            do throws(YAMLError) {
                return (UInt8(ascii: "W"), Array(try YAMLNode(parsing: content).yaml().utf8))
            } catch {
                return (UInt8(ascii: "R"), Array("\(error)".utf8))
            }
        }
        do throws(Rejection) {
            return (UInt8(ascii: "W"), try written(kind, content))
        } catch {
            return (UInt8(ascii: "R"), Array(error.code.rawValue.utf8))
        }
    }

    private static func written(_ kind: UInt8, _ message: [UInt8]) throws(Rejection) -> [UInt8] {
        // A copy of the exact size, so that a sanitizer sees a read past its end.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: message)
        let bytes = UnsafeRawBufferPointer(copy)
        switch kind {
        case UInt8(ascii: "S"), UInt8(ascii: "J"):
            let format = kind == UInt8(ascii: "S") ? SampleFormat.protobuf : .json
            switch try SampleDecoder(dimension: 4, defaultFormat: format).decode(value: bytes) {
            case .sample(let sample): return try sample.encodeProtobuf()
            case .instruction(let instruction): return try instruction.encodeProtobuf()
            }
        case UInt8(ascii: "F"):
            return try FrameDecoder(
                dimension: 2, limits: SampleLimits(frames: 4), defaultFormat: .protobuf
            ).decode(value: bytes).encodeProtobuf()
        default: return try Prediction(protobuf: bytes).encodeProtobuf()
        }
    }
}
