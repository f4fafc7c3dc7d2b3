/// A property wrapper that the command line sets.
protocol DeclaredProperty {
    /// Adds what it stands for. The label is the property's name as it is on the command line.
    func declare(in declaration: inout Declaration, label: String)
}
