import Experts
import Foundation
import Memory

/// A held-out sample: what is needed to ask it again and again. As text each part is the base64 of its
/// little-endian bytes.
public struct HeldSample: Sendable, Codable, Equatable {
    /// The embedding, [D].
    public let vector: [Float]
    /// The nearest keys, [C][T].
    public let codes: [UInt16]

    /// Keeps a sample.
    init(_ sample: EncodedSample) {
        vector = Array(sample.vector)
        codes = Array(sample.codes)
    }

    private enum CodingKeys: CodingKey {
        case vector, codes
    }

    /// Reads base64.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func bytes(_ key: CodingKeys, size: Int) throws -> [UInt8] {
            guard let data = Data(base64Encoded: try container.decode(String.self, forKey: key)),
                data.count % size == 0
            else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription: "\(key.stringValue) is not base64 of whole numbers"
                )
            }
            return Array(data)
        }
        vector = try bytes(.vector, size: 4).withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map {
                Float(
                    bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
                )
            }
        }
        codes = try bytes(.codes, size: 2).withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 2).map {
                UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt16.self))
            }
        }
    }

    /// Writes base64.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(vector.withUnsafeBytes { Data($0) }.base64EncodedString(), forKey: .vector)
        try container.encode(codes.withUnsafeBytes { Data($0) }.base64EncodedString(), forKey: .codes)
    }
}
