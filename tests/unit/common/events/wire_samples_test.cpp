// What older versions wrote stays readable: each committed sample, byte for byte (tests/fixtures/wire/make.sh writes
// them).
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "shopwire/commands/v1/command.pb.h"
#include "shopwire/events/v1/event.pb.h"
#include "shopwire/internal/v1/entity.pb.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::events {
namespace {

namespace fs = std::filesystem;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;

const fs::path kFolder = "tests/fixtures/wire";

const std::vector<const FileDescriptor*>& contracts() {
    static const std::vector<const FileDescriptor*> files{
        v1::Decimal::descriptor()->file(),        v1::Order::descriptor()->file(),
        v1::Event::descriptor()->file(),          commands::v1::Command::descriptor()->file(),
        internal::v1::Link::descriptor()->file(), internal::v1::EntityInput::descriptor()->file()};
    return files;
}

std::vector<int> version_of(const fs::path& folder) {
    std::istringstream parts(folder.filename().string());
    std::vector<int> numbers;
    for (std::string part; std::getline(parts, part, '.');) numbers.push_back(std::stoi(part));
    return numbers;
}

// Oldest first.
std::vector<fs::path> version_folders() {
    std::vector<fs::path> folders;
    for (const fs::directory_entry& entry : fs::directory_iterator(kFolder))
        if (entry.is_directory()) folders.push_back(entry.path());
    std::ranges::sort(folders, {}, version_of);
    return folders;
}

std::vector<fs::path> samples_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".binpb" && entry.path().stem() != "image") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::vector<fs::path> all_samples() {
    std::vector<fs::path> files;
    for (const fs::path& folder : version_folders()) std::ranges::copy(samples_in(folder), std::back_inserter(files));
    return files;
}

std::string read_all(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// A file is named after its message's full name, which starts with a package of ours:
// shopwire.events.v1.Event.order.binpb.
const Descriptor* type_named(const std::string& file_name) {
    for (const FileDescriptor* contract : contracts()) {
        for (int i = 0; i < contract->message_type_count(); ++i) {
            const Descriptor* type = contract->message_type(i);
            if (file_name.starts_with(type->full_name() + ".")) return type;
        }
    }
    return nullptr;
}

std::unique_ptr<Message> parse(const fs::path& file) {
    const Descriptor* type = type_named(file.filename().string());
    if (type == nullptr) return nullptr;
    std::unique_ptr<Message> message(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    return message->ParseFromString(read_all(file)) ? std::move(message) : nullptr;
}

template <class T>
T sample(const std::string& name) {
    T message;
    EXPECT_TRUE(message.ParseFromString(
        read_all(version_folders().front() / (T::descriptor()->full_name() + name + ".binpb"))));
    return message;
}

// Calls `each` with every message of a tree, the root first.
template <class Each>
void walk(const Message& message, const Each& each) {
    each(message);
    const auto* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
        if (!field->is_repeated()) {
            walk(reflection->GetMessage(message, field), each);
            continue;
        }
        for (int i = 0; i < reflection->FieldSize(message, field); ++i)
            walk(reflection->GetRepeatedMessage(message, field, i), each);
    }
}

std::string deterministic(const Message& message) {
    std::string bytes;
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
    coded.Trim();
    return bytes;
}

class WireSample : public ::testing::TestWithParam<fs::path> {};

TEST_P(WireSample, IsReadWithoutAnUnknownFieldAndWrittenBackByteForByte) {
    const std::unique_ptr<Message> message = parse(GetParam());
    ASSERT_NE(message, nullptr) << "no contract reads it";
    walk(*message, [](const Message& part) {
        EXPECT_TRUE(part.GetReflection()->GetUnknownFields(part).empty()) << part.GetDescriptor()->full_name();
    });
    EXPECT_EQ(deterministic(*message), read_all(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Committed, WireSample, ::testing::ValuesIn(all_samples()), [](const auto& test) {
    std::string name = test.param.parent_path().filename().string() + "_" + test.param.stem().string();
    std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

// Filled by make_samples.cpp alone; should a message ever be part of no record and no stored value, it is named here
// with the reason.
const std::map<std::string, std::string> kNotOnTheWire{};

TEST(WireSamples, ShowEveryFieldOfEveryMessage) {
    std::set<const FieldDescriptor*> shown;
    for (const fs::path& file : samples_in(version_folders().back())) {
        const std::unique_ptr<Message> message = parse(file);
        ASSERT_NE(message, nullptr) << file;
        walk(*message, [&](const Message& part) {
            std::vector<const FieldDescriptor*> fields;
            part.GetReflection()->ListFields(part, &fields);
            shown.insert(fields.begin(), fields.end());
        });
    }
    for (const FileDescriptor* contract : contracts()) {
        for (int i = 0; i < contract->message_type_count(); ++i) {
            const Descriptor* type = contract->message_type(i);
            if (kNotOnTheWire.contains(type->full_name())) continue;
            for (int j = 0; j < type->field_count(); ++j)
                EXPECT_TRUE(shown.contains(type->field(j)))
                    << type->field(j)->full_name() << " is in no sample: run tests/fixtures/wire/make.sh";
        }
    }
}

TEST(WireSamples, OfTheFirstVersionKeepTheirMeaning) {
    const auto event = sample<v1::Event>(".order");
    EXPECT_EQ(event.source().merchant(), "merchant-Šč-Ћ");
    EXPECT_EQ(event.source().origin(), v1::ORIGIN_MANUAL);
    EXPECT_EQ(event.source().modified_at_ms(), 1'795'305'600'006);
    EXPECT_EQ(event.source().content_hash(), std::string("\x00\x7f\x80\xff", 4) + "content_hash");
    ASSERT_EQ(event.order().lines_size(), 2);
    EXPECT_EQ(event.order().lines(1).sku(), "sku-Šč-Ћ");
    EXPECT_EQ(event.order().lines(0).quantity().micros(), -1'500'000);
    EXPECT_EQ(event.order().personal().clear().billing().city(), "city-Šč-Ћ");
    EXPECT_TRUE(sample<v1::Event>(".order.2").order().personal().has_sealed());

    const auto command = sample<commands::v1::Command>(".export_order");
    EXPECT_EQ(command.sequence(), 6'500'000U);
    EXPECT_EQ(command.export_order().document_type(), v1::DOCUMENT_TYPE_DELIVERY_NOTE);
    const auto result = sample<commands::v1::CommandResult>(".document");
    EXPECT_EQ(result.outcome(), commands::v1::OUTCOME_DISCARDED);
    EXPECT_EQ(result.finished_at_ms(), 1'795'305'600'013);

    const auto link = sample<internal::v1::Link>("");
    EXPECT_EQ(link.targets(0).state(), internal::v1::LINK_STATE_REFUSED);
    EXPECT_EQ(link.targets(0).sequence(), 7'500'000U);
    EXPECT_EQ(sample<internal::v1::Effect>("").state(), internal::v1::EFFECT_STATE_REJECTED);
    EXPECT_EQ(sample<internal::v1::Parked>("").headers().at("key-Šč-Ћ"), "value-Šč-Ћ");
}

}  // namespace
}  // namespace shopwire::events
