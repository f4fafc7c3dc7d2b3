import Foundation

/// The codes of one sample, kept for later. As text they are the base64 of their little-endian bytes.
public struct Codes: Sendable, Codable, Equatable {
    /// [C][T]
    public let values: [UInt16]

    /// Codes to keep.
    public init(_ values: UnsafeBufferPointer<UInt16>) { self.values = Array(values) }

    /// Reads base64.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let data = Data(base64Encoded: try container.decode(String.self)), data.count % 2 == 0 else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "codes are not base64 of 16-bit numbers")
        }
        values = stride(from: 0, to: data.count, by: 2).map { UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8 }
    }

    /// Writes base64.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values.withUnsafeBytes { Data($0) }.base64EncodedString())
    }
}
