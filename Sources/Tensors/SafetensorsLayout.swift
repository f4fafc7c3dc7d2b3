import JSON

/// Where a safetensors file has its tensors: its header, held against the file's size.
struct SafetensorsLayout {
    /// One tensor, and where its bytes begin behind the header.
    struct Place {
        let name: String
        let type: ElementType
        let shape: [Int]
        let start: Int
        let size: Int
    }

    /// The tensors in the order of their bytes.
    let places: [Place]
    /// The free text of the header.
    let metadata: [String: String]

    /// How many bytes the header has.
    ///
    /// - Parameters:
    ///   - first: the file's first eight bytes.
    ///   - size: how many the whole file has.
    static func headerLength(_ first: some Sequence<UInt8>, size: Int) throws(SafetensorsError) -> Int {
        let length = first.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(min(Safetensors.headerBytesLimit, size - 8)) else {
            throw SafetensorsError(
                "its header claims \(length) bytes; the file has \(size): it is cut short or not safetensors"
            )
        }
        return Int(length)
    }

    /// Reads a header.
    ///
    /// - Parameter dataCount: how many bytes the file has behind it, all of which must be of one tensor each.
    init(header text: UnsafeRawBufferPointer, dataCount: Int) throws(SafetensorsError) {
        let header: SafetensorsHeader
        do throws(Rejection) {
            header = try SafetensorsHeader(text)
        } catch {
            throw SafetensorsError("its header is not the JSON of a safetensors file: \(error.message)")
        }
        var places: [Place] = []
        for (name, entry) in header.entries {
            places.append(try Self.place(name, entry, dataCount: dataCount))
        }
        places.sort { ($0.start, $0.size, $0.name) < ($1.start, $1.size, $1.name) }
        var end = 0
        for place in places {
            guard place.start == end else {
                throw SafetensorsError(
                    "tensor \(place.name) begins at byte \(place.start) of the data, but the one before it ends at \(end): the file is damaged"
                )
            }
            end += place.size
        }
        guard end == dataCount else {
            throw SafetensorsError(
                "its header names \(end) bytes of data; the file has \(dataCount): it is damaged, or was not written to its end"
            )
        }
        self.places = places
        metadata = header.metadata
    }

    private static func place(
        _ name: String, _ entry: SafetensorsHeader.Entry, dataCount: Int
    ) throws(SafetensorsError) -> Place {
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
        guard entry.offsets.count == 2, entry.offsets[0] >= 0, entry.offsets[1] <= dataCount,
            entry.offsets[0] <= entry.offsets[1], entry.offsets[1] - entry.offsets[0] == size
        else {
            throw SafetensorsError(
                "tensor \(name) of \(entry.shape) \(entry.dtype) has the offsets \(entry.offsets) in \(dataCount) bytes of data: the file is cut short or damaged"
            )
        }
        return Place(name: name, type: type, shape: entry.shape, start: entry.offsets[0], size: size)
    }
}
