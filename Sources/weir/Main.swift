/// Where the program begins.
@main enum Main {
    static func main() {
        StandardDescriptors.open()
        Weir.main()
    }
}
