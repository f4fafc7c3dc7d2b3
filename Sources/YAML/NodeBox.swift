/// A node that is still being made. Containers of `Encoder` share it.
final class NodeBox {
    private enum Kind {
        case scalar(String, isPlain: Bool)
        case list
        case section
    }

    private var kind = Kind.section
    private var boxes: [NodeBox] = []
    /// The names of a section's values, and where each stands.
    private var names: [String] = []
    private var places: [String: Int] = [:]

    /// The finished node.
    var node: YAMLNode {
        switch kind {
        case .scalar(let text, let isPlain): YAMLNode(.scalar(text, isPlain: isPlain))
        case .list: YAMLNode(.list(boxes.map(\.node)))
        case .section:
            YAMLNode(.section(zip(names, boxes).map { YAMLNode.Entry(name: $0, value: $1.node) }))
        }
    }

    /// The number of values.
    var count: Int { boxes.count }

    func makeScalar(_ text: String, isPlain: Bool) { kind = .scalar(text, isPlain: isPlain) }

    func makeList() { kind = .list }

    func makeSection() { kind = .section }

    /// A new value at the end of a list.
    func append() -> NodeBox {
        let box = NodeBox()
        boxes.append(box)
        return box
    }

    /// A new value of a section, in the place of an older one of this name.
    func value(named name: String) -> NodeBox {
        let box = NodeBox()
        if let place = places[name] {
            boxes[place] = box
        } else {
            places[name] = boxes.count
            names.append(name)
            boxes.append(box)
        }
        return box
    }

    /// Sorts the values of a section by their names.
    func sort() {
        let order = places.sorted { $0.key < $1.key }
        boxes = order.map { boxes[$0.value] }
        names = order.map(\.key)
        places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    }
}
