import Foundation
import Tensors

/// Labelled or unlabelled vectors in a file: CSV, JSON lines or safetensors, by the name's ending.
public struct VectorFile: Sendable {
    /// One vector a row.
    public struct Row: Sendable, Equatable {
        /// The row's name; made from its number when the file gives none.
        public let id: String
        /// The numbers.
        public let features: [Float]
        /// The label, if there is one.
        public let label: String?
    }

    /// The largest file that is read.
    public static let byteLimit = 8 << 30

    /// The rows in their order.
    public let rows: [Row]
    /// The length of each vector.
    public let dimension: Int

    /// Reads a file.
    ///
    /// - CSV: a header line; columns `id` and `label` are optional, all others are features in their order.
    /// - JSON lines: `{"id": …, "x": […], "label": …}`, `id` and `label` optional.
    /// - safetensors: a matrix [rows][dimension] named `tensor`, or the only one or the one named `x`; labels in
    ///   `labels`, a vector of integers of the same number of rows, or none.
    ///
    /// - Throws: `StateError` or `SafetensorsError` with the path, the line and what to do.
    public init(path: String, tensor: String = "", labels: String = "") throws {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw StateError("\(path) cannot be read: there is no such file, or no right to read it")
        }
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        if let size, size > Self.byteLimit {
            throw StateError("\(path) has \(size) bytes; at most \(Self.byteLimit) are read. Split it")
        }
        let rows: [Row]
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "csv": rows = try Self.csv(try Self.text(path), path)
        case "jsonl", "ndjson", "json": rows = try Self.jsonLines(path)
        case "safetensors": rows = try Self.safetensors(path, tensor: tensor, labels: labels)
        case let other:
            throw StateError(
                "\(path) ends in .\(other); files of vectors end in .csv, .jsonl or .safetensors")
        }
        guard let first = rows.first else { throw StateError("\(path) holds no vectors") }
        guard !first.features.isEmpty else { throw StateError("\(path): row 1 has no features") }
        guard let odd = rows.firstIndex(where: { $0.features.count != first.features.count }) else {
            self.rows = rows
            dimension = first.features.count
            return
        }
        throw StateError(
            "\(path): row \(odd + 1) has \(rows[odd].features.count) features; those before have \(first.features.count)"
        )
    }

    /// Only the numbers of a file, in a row, checked for their length.
    package static func read(path: String, tensor: String, dimension: Int) throws -> [Float] {
        let file = try VectorFile(path: path, tensor: tensor)
        guard file.dimension == dimension else {
            throw StateError(
                "\(path) has vectors of length \(file.dimension); the configured dimension is \(dimension)")
        }
        guard let bad = file.rows.firstIndex(where: { !$0.features.allSatisfy(\.isFinite) }) else {
            return file.rows.flatMap(\.features)
        }
        throw StateError("\(path): row \(bad + 1) holds a number that is not finite")
    }

    private static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StateError("\(path) cannot be read: there is no such file, or no right to read it")
        }
        // Windows programs like to begin a file with this mark.
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        return String(decoding: data.starts(with: mark) ? data.dropFirst(mark.count) : data, as: UTF8.self)
    }

    private static func csv(_ text: String, _ path: String) throws -> [Row] {
        // Blank lines are passed over, and counted.
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .lazy.filter { !$0.element.isEmpty }.makeIterator()
        guard
            let header = lines.next()?.element.split(separator: ",", omittingEmptySubsequences: false).map(
                String.init)
        else { return [] }
        let idColumn = header.firstIndex(of: "id")
        let labelColumn = header.firstIndex(of: "label")
        var rows: [Row] = []
        while let (index, line) = lines.next() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == header.count else {
                throw StateError(
                    "\(path): line \(index + 1) has \(cells.count) cells; the header has \(header.count)"
                )
            }
            var features: [Float] = []
            features.reserveCapacity(cells.count)
            for (column, cell) in cells.enumerated() where column != idColumn && column != labelColumn {
                guard let value = Float(cell) else {
                    throw StateError(
                        "\(path): line \(index + 1), column \(header[column]): \"\(cell)\" is no number")
                }
                features.append(value)
            }
            let label = labelColumn.map { String(cells[$0]) }
            rows.append(
                Row(
                    id: idColumn.map { String(cells[$0]) } ?? "row-\(rows.count)", features: features,
                    label: label?.isEmpty == true ? nil : label))
        }
        return rows
    }

    private static func safetensors(_ path: String, tensor: String, labels: String) throws -> [Row] {
        let file = try Safetensors(path: path)
        let matrices = file.tensors.filter { $0.value.shape.count == 2 }
        let name = !tensor.isEmpty ? tensor : matrices.count == 1 ? matrices.keys.first ?? "" : "x"
        guard let matrix = matrices[name] else {
            guard !matrices.isEmpty else { throw StateError("\(path) has no matrix") }
            throw StateError(
                "\(path) has no matrix \(name); there are \(matrices.keys.sorted().joined(separator: ", ")). Name one"
            )
        }
        let values = matrix.floats()
        let width = matrix.shape[1]
        let found = file.tensors[labels.isEmpty ? "labels" : labels]
        guard found != nil || labels.isEmpty else {
            throw StateError(
                "\(path) has no tensor \(labels); there are \(file.tensors.keys.sorted().joined(separator: ", "))"
            )
        }
        let numbers = try found.map { found in
            guard let numbers = found.integers() else {
                throw StateError(
                    "\(path): the labels are \(found.type.rawValue), which are no whole numbers; write them as I64"
                )
            }
            guard numbers.count == matrix.shape[0] else {
                throw StateError("\(path): \(numbers.count) labels for \(matrix.shape[0]) rows of \(name)")
            }
            return numbers
        }
        return (0..<matrix.shape[0]).map { row in
            Row(
                id: "\(name)-\(row)", features: Array(values[(row * width)..<((row + 1) * width)]),
                label: numbers.map { String($0[row]) })
        }
    }
}
