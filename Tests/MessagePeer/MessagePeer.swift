import Foundation
import Messages

/// Reads messages and writes them again, for `scripts/check-protobuf`, which holds another implementation of Protocol
/// Buffers against it.
///
/// Standard input: a letter (`S` for a record of samples of 4 features, `F` for one of frames of 2 values, `P` for a
/// prediction), four bytes of length, little-endian, and the message; again and again. Standard output, for each: `W`,
/// length, and the message as Weir writes what it read; or `R`, length, and the code of the refusal.
@main struct MessagePeer {
    static func main() throws {
        while let head = try read(5) {
            let length = head[1...].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            guard let message = try read(length) else { break }
            var answer: [UInt8]
            let kind: UInt8
            do throws(Rejection) {
                answer = try written(head[0], message)
                kind = UInt8(ascii: "W")
            } catch {
                answer = Array(error.code.rawValue.utf8)
                kind = UInt8(ascii: "R")
            }
            let count = UInt32(answer.count)
            answer = [kind] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + answer
            try FileHandle.standardOutput.write(contentsOf: answer)
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

    private static func written(_ kind: UInt8, _ message: [UInt8]) throws(Rejection) -> [UInt8] {
        // A copy of the exact size, so that a sanitizer sees a read past its end.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: message)
        let bytes = UnsafeRawBufferPointer(copy)
        switch kind {
        case UInt8(ascii: "S"):
            switch try SampleDecoder(dimension: 4, defaultFormat: .protobuf).decode(value: bytes) {
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
