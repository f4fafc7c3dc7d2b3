import Files
import Foundation
import Tensors
import Text

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
    /// The largest file that keys are made from: a sample of the vectors does as well as all of them.
    public static let keyByteLimit = 1 << 30

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
    /// - Parameter limit: the most bytes that it may have.
    /// - Throws: `StateError` or `SafetensorsError` with the path, the line and what to do.
    public init(
        path: String, tensor: String = "", labels: String = "", limit: Int = byteLimit
    ) throws {
        let rows: [Row]
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "csv": rows = try Self.csv(path, limit)
        case "jsonl", "ndjson", "json": rows = try Self.jsonLines(path, limit)
        case "safetensors": rows = try Self.safetensors(path, limit, tensor: tensor, labels: labels)
        case let other:
            throw StateError(
                "\(path) \(other.isEmpty ? "has no ending" : "ends in .\(other)"); files of vectors end in .csv, .jsonl or .safetensors"
            )
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

    /// The numbers of a file that keys are made from, in a row, checked for their length.
    ///
    /// - Throws: `StateError` or `SafetensorsError` with the path, the line and what to do.
    package static func keys(path: String, tensor: String, dimension: Int) throws -> [Float] {
        let file = try VectorFile(path: path, tensor: tensor, limit: keyByteLimit)
        guard file.dimension == dimension else {
            throw StateError(
                "\(path) has vectors of length \(file.dimension); the configured dimension is \(dimension)")
        }
        guard let bad = file.rows.firstIndex(where: { !$0.features.allSatisfy(\.isFinite) }) else {
            return file.rows.flatMap(\.features)
        }
        throw StateError("\(path): row \(bad + 1) holds a number that is not finite")
    }

    private static func csv(_ path: String, _ limit: Int) throws -> [Row] {
        var columns: Columns?
        var rows: [Row] = []
        // Blank lines are passed over, and counted.
        try TextLines.read(path, limit: limit, ends: .feedOrReturn) { line, number in
            guard !line.isEmpty else { return }
            let cells = String(decoding: line, as: UTF8.self).split(
                separator: ",", omittingEmptySubsequences: false)
            guard let columns else { return columns = Columns(cells.map(String.init)) }
            rows.append(try row(cells, columns, "\(path): line \(number)", standardID: "row-\(rows.count)"))
        }
        return rows
    }

    /// What a CSV file's first line says.
    private struct Columns {
        let names: [String]
        let id: Int?
        let label: Int?

        init(_ names: [String]) {
            self.names = names
            id = names.firstIndex(of: "id")
            label = names.firstIndex(of: "label")
        }
    }

    private static func row(
        _ cells: [Substring], _ columns: Columns, _ place: String, standardID: @autoclosure () -> String
    ) throws -> Row {
        guard cells.count == columns.names.count else {
            throw StateError("\(place) has \(cells.count) cells; the header has \(columns.names.count)")
        }
        var features: [Float] = []
        features.reserveCapacity(cells.count)
        for (column, cell) in cells.enumerated() where column != columns.id && column != columns.label {
            guard let value = Float(cell) else {
                throw StateError(
                    "\(place), column \(columns.names[column].shown(limit: 40)): \"\(String(cell).shown(limit: 40))\" is no number"
                )
            }
            features.append(value)
        }
        let label = columns.label.map { String(cells[$0]) }
        return Row(
            id: columns.id.map { String(cells[$0]) } ?? standardID(), features: features,
            label: label?.isEmpty == true ? nil : label)
    }

    private static func safetensors(
        _ path: String, _ limit: Int, tensor: String, labels: String
    ) throws -> [Row] {
        let file = try Safetensors(path: path, limit: limit)
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
