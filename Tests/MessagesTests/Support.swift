import Foundation
import Messages

/// What came of decoding one record.
enum Outcome: Equatable {
    case sample(Sample)
    case instruction(Instruction)
    case rejected(RejectionCode, String)

    var sample: Sample? { if case .sample(let sample) = self { sample } else { nil } }
    var instruction: Instruction? {
        if case .instruction(let instruction) = self { instruction } else { nil }
    }
    var code: RejectionCode? { if case .rejected(let code, _) = self { code } else { nil } }
    var message: String { if case .rejected(_, let message) = self { message } else { "" } }
}

extension SampleDecoder {
    func outcome(_ value: [UInt8]?, _ headers: [String: [UInt8]] = [:]) -> Outcome {
        func decode(_ bytes: UnsafeRawBufferPointer?) -> Outcome {
            do throws(Rejection) {
                switch try self.decode(value: bytes, header: { headers[$0] }) {
                case .sample(let sample): return .sample(sample)
                case .instruction(let instruction): return .instruction(instruction)
                }
            } catch {
                return .rejected(error.code, error.message)
            }
        }
        guard let value else { return decode(nil) }
        return value.withUnsafeBytes { decode($0) }
    }

    func outcome(_ json: String, _ headers: [String: String] = [:]) -> Outcome {
        outcome(Array(json.utf8), headers.mapValues { Array($0.utf8) })
    }

    func outcome(protobuf value: [UInt8], _ headers: [String: String] = [:]) -> Outcome {
        let headers = headers.merging(["content-type": "application/x-protobuf"]) { own, _ in own }
        return outcome(value, headers.mapValues { Array($0.utf8) })
    }
}

extension FrameDecoder {
    func outcome(
        _ value: [UInt8]?, _ headers: [String: [UInt8]] = [:], key: [UInt8]? = nil
    ) -> Result<Frame, Rejection> {
        func decode(_ value: UnsafeRawBufferPointer?, _ key: UnsafeRawBufferPointer?) -> Result<
            Frame, Rejection
        > {
            do throws(Rejection) {
                return .success(try self.decode(value: value, key: key, header: { headers[$0] }))
            } catch {
                return .failure(error)
            }
        }
        guard let value else { return decode(nil, nil) }
        return value.withUnsafeBytes { value in
            key?.withUnsafeBytes { decode(value, $0) } ?? decode(value, nil)
        }
    }

    func outcome(_ json: String, key: String? = nil) -> Result<Frame, Rejection> {
        outcome(Array(json.utf8), key: key.map { Array($0.utf8) })
    }

    func outcome(protobuf value: [UInt8], key: String? = nil) -> Result<Frame, Rejection> {
        outcome(
            value, ["content-type": Array("application/x-protobuf".utf8)], key: key.map { Array($0.utf8) })
    }
}

extension Result where Success == Frame, Failure == Rejection {
    var code: RejectionCode? { if case .failure(let rejection) = self { rejection.code } else { nil } }
    var frame: Frame? { try? get() }
}

/// Protocol Buffers written by hand, so that the tests do not depend on the code that they test.
enum Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func field(_ number: UInt64, varint value: UInt64) -> [UInt8] {
        varint(number << 3) + varint(value)
    }

    static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    static func field(_ number: UInt64, _ text: String) -> [UInt8] {
        field(number, Array(text.utf8))
    }

    static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
    }

    static func tensor(dtype: UInt64, shape: [Int64], data: [UInt8]) -> [UInt8] {
        field(1, varint: dtype) + field(2, shape.flatMap { varint(UInt64(bitPattern: $0)) }) + field(3, data)
    }
}

func hexadecimal(_ text: String) -> [UInt8] {
    stride(from: 0, to: text.count, by: 2).compactMap { start in
        UInt8(text.dropFirst(start).prefix(2), radix: 16)
    }
}

/// The repository's folder.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A schema of the folder `schemas`, or of another.
func schema(_ name: String, in folder: String = "schemas") throws -> [String: Any] {
    let file = repository.appendingPathComponent("\(folder)/\(name).schema.json")
    let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    return schema as? [String: Any] ?? [:]
}

func bytes(ofJSON value: Any) throws -> [UInt8] {
    Array(try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed]))
}

func base64(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
}
