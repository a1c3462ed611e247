// What the tests of every room on a dialect ask of its vocabulary.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>

#include "common/dialect_tools/tools.h"
#include "common/json/value.h"

namespace shopwire {

// Its examples are what the built-in dialects take; a file of one's own begins as one of them.
inline void expect_examples_render(const dialect_tools::Kit& kit) {
    for (const dialect::BuiltIn& dialect : kit.built_in) {
        std::ostringstream checked;
        EXPECT_EQ(dialect_tools::kGood, dialect_tools::check(kit, std::string(dialect.name), checked)) << checked.str();
        for (const auto& [name, words] : kit.vocabulary.operations) {
            EXPECT_TRUE(json::Document::parse(words.input)) << name;
            EXPECT_NE("", words.lost) << name;
            if (checked.str().contains("without " + name + " ")) continue;
            std::ostringstream out;
            EXPECT_EQ(dialect_tools::kGood,
                      dialect_tools::render(kit, {.file = std::string(dialect.name), .operation = name}, out))
                << dialect.name << " " << name << ": " << out.str();
        }
    }
}

inline std::string without_members(std::string_view record, std::string_view names) {
    const auto document = json::Document::parse(record);
    EXPECT_TRUE(document) << record;
    json::Writer writer;
    writer.begin_object();
    for (std::size_t i = 0; document && i < document->root().size(); ++i) {
        const auto [name, value] = document->root().member_at(i);
        const std::string whole = "|" + std::string(names) + "|";
        if (!whole.contains("|" + std::string(name) + "|")) writer.key(name).json_text(value.dump());
    }
    writer.end_object();
    return writer.take();
}

// `record` has all fields.  Without a required one it cannot be read, without an optional one it can.
inline void expect_required(const dialect::OperationWords& words, const std::string& record,
                            const std::function<Status(const std::string&)>& read) {
    const Status whole = read(record);
    EXPECT_TRUE(whole) << whole.error().message;
    for (const std::string& field : words.required) {
        if (field.contains('[')) continue;
        EXPECT_FALSE(read(without_members(record, field))) << field;
    }
    for (const std::string& field : words.optional) {
        if (field.contains('[')) continue;
        EXPECT_NE(record, without_members(record, field)) << field << " is not in the record of this test";
        const Status read_without = read(without_members(record, field));
        EXPECT_TRUE(read_without) << field << ": " << read_without.error().message;
    }
}

}  // namespace shopwire
