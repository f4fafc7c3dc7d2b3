import Foundation
import JSON

/// A safetensors file in memory: named tensors and a map of text, readable from Python with the
/// `safetensors` package.
///
/// Layout: eight little-endian bytes with the length of the header, the header as JSON, the bytes of the
/// tensors.
public struct Safetensors: Sendable {
    /// The tensors by name.
    public var tensors: [String: TensorData]
    /// The free text of the header's `__metadata__`.
    public var metadata: [String: String]

    /// The largest header that is read.
    public static let headerBytesLimit = 100 << 20

    /// A file of these parts.
    public init(tensors: [String: TensorData] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Reads the bytes of a file.
    ///
    /// - Throws: ``SafetensorsError`` when the bytes are not a whole, consistent file.
    public init(bytes: Data) throws {
        guard bytes.count >= 8 else {
            throw SafetensorsError("it has \(bytes.count) bytes; a header needs at least 8")
        }
        let start = bytes.startIndex
        let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(min(Self.headerBytesLimit, bytes.count - 8)) else {
            throw SafetensorsError(
                "its header claims \(length) bytes; the file has \(bytes.count): it is cut short or not safetensors"
            )
        }
        let dataStart = start + 8 + Int(length)
        let header = try bytes[(start + 8)..<dataStart].withUnsafeBytes { text in
            do throws(Rejection) {
                return try SafetensorsHeader(text)
            } catch {
                throw SafetensorsError("its header is not the JSON of a safetensors file: \(error.message)")
            }
        }
        metadata = header.metadata
        tensors = [:]
        let dataCount = bytes.endIndex - dataStart
        for (name, entry) in header.entries {
            guard let type = ElementType(rawValue: entry.dtype) else {
                throw SafetensorsError(
                    "tensor \(name) has dtype \(entry.dtype); known are \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            var size = type.size
            for extent in entry.shape {
                let (product, overflow) = size.multipliedReportingOverflow(by: extent)
                guard extent >= 0, !overflow else {
                    throw SafetensorsError("tensor \(name) has the shape \(entry.shape)")
                }
                size = product
            }
            guard entry.offsets.count == 2, entry.offsets[0] >= 0,
                entry.offsets[1] <= dataCount, entry.offsets[0] <= entry.offsets[1],
                entry.offsets[1] - entry.offsets[0] == size
            else {
                throw SafetensorsError(
                    "tensor \(name) of \(entry.shape) \(entry.dtype) has the offsets \(entry.offsets) in \(dataCount) bytes of data: the file is cut short or damaged"
                )
            }
            let slice = bytes[(dataStart + entry.offsets[0])..<(dataStart + entry.offsets[1])]
            tensors[name] = TensorData(type: type, shape: entry.shape, bytes: Array(slice))
        }
    }

    /// Reads a file.
    ///
    /// - Throws: ``SafetensorsError`` with the path, or the file system's error.
    public init(path: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        do {
            try self.init(bytes: bytes)
        } catch let error as SafetensorsError {
            throw SafetensorsError("\(path) cannot be read as safetensors: \(error.message)")
        }
    }

    /// The file's bytes. The same content gives the same bytes: names are in order.
    public func encoded() -> Data {
        var offset = 0
        let names = tensors.keys.sorted()
        var writer = JSONWriter()
        writer.literal("{")
        if !metadata.isEmpty {
            writer.literal("\"__metadata__\":")
            writer.object(metadata) { $0.string($1) }
        }
        for name in names {
            guard let tensor = tensors[name] else { continue }
            if writer.bytes.count > 1 { writer.literal(",") }
            writer.string(name)
            writer.literal(":{\"dtype\":")
            writer.string(tensor.type.rawValue)
            writer.literal(",\"shape\":")
            writer.array(tensor.shape) { $0.integer(Int64($1)) }
            let end = offset + tensor.bytes.count
            writer.literal(",\"data_offsets\":")
            writer.array([offset, end]) { $0.integer(Int64($1)) }
            writer.literal("}")
            offset = end
        }
        writer.literal("}")
        var header = writer.bytes
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        var data = Data(capacity: 8 + header.count + offset)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
        data.append(contentsOf: header)
        for name in names { data.append(contentsOf: tensors[name]?.bytes ?? []) }
        return data
    }

    /// The tensor of that name.
    ///
    /// - Throws: ``SafetensorsError`` that lists the names there are.
    public func tensor(_ name: String) throws -> TensorData {
        guard let tensor = tensors[name] else {
            throw SafetensorsError(
                "there is no tensor \(name); there are \(tensors.keys.sorted().joined(separator: ", "))")
        }
        return tensor
    }
}
