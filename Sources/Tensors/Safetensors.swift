import Foundation

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

    private struct Entry: Codable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    private struct Header: Decodable {
        var entries: [String: Entry] = [:]
        var metadata: [String: String] = [:]

        struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for name in container.allKeys {
                if name.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: name)
                } else {
                    entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
                }
            }
        }
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
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: bytes[(start + 8)..<dataStart])
        } catch {
            throw SafetensorsError("its header is not the JSON of a safetensors file: \(error)")
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
            guard entry.data_offsets.count == 2, entry.data_offsets[0] >= 0,
                entry.data_offsets[1] <= dataCount, entry.data_offsets[0] <= entry.data_offsets[1],
                entry.data_offsets[1] - entry.data_offsets[0] == size
            else {
                throw SafetensorsError(
                    "tensor \(name) of \(entry.shape) \(entry.dtype) has the offsets \(entry.data_offsets) in \(dataCount) bytes of data: the file is cut short or damaged"
                )
            }
            let slice = bytes[(dataStart + entry.data_offsets[0])..<(dataStart + entry.data_offsets[1])]
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
        var parts: [String] = []
        let names = tensors.keys.sorted()
        if !metadata.isEmpty { parts.append("\"__metadata__\":\(Self.json(metadata))") }
        for name in names {
            guard let tensor = tensors[name] else { continue }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let end = offset + tensor.bytes.count
            parts.append(
                "\(Self.json(name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            )
            offset = end
        }
        var header = Array("{\(parts.joined(separator: ","))}".utf8)
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

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            // Text and maps of text always have a JSON form.
            fatalError("text cannot be encoded as JSON")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Why bytes are not a usable safetensors file.
public struct SafetensorsError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, where.
    public let message: String

    /// An error with this message.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
