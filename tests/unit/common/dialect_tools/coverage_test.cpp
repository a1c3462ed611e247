// Goal: the counts say in how many records a field was found, and which the connector has no use for.
#include "common/dialect_tools/coverage.h"

#include <gtest/gtest.h>

#include <sstream>

namespace shopwire::dialect_tools {
namespace {

std::string report(const dialect::OperationWords& words, const std::vector<std::string>& records) {
    Coverage coverage(words);
    for (const std::string& text : records) {
        const Result<json::Document> document = json::Document::parse(text);
        EXPECT_TRUE(document) << text;
        if (document) coverage.add(document->root());
    }
    std::ostringstream out;
    print(coverage.rows(), "", out);
    return out.str();
}

TEST(Coverage, CountsWhatIsFilled) {
    EXPECT_EQ(
        "id        3 of 3  required\n"
        "name      1 of 3\n"
        "category  0 of 3\n",
        report({.required = {"id"}, .optional = {"name", "category"}},
               {R"({"id":1,"name":"Cup"})", R"({"id":0,"name":""})", R"({"id":"3","name":null,"category":[]})"}));
}

TEST(Coverage, OneOfSeveralIsEnough) {
    EXPECT_EQ("free|on_hand  2 of 3  MISSING, and required\n",
              report({.required = {"free|on_hand"}}, {R"({"free":1})", R"({"on_hand":0})", "{}"}));
}

TEST(Coverage, LooksIntoLists) {
    EXPECT_EQ(
        "lines[].sku    2 of 3  MISSING, and required\n"
        "lines[].color  1 of 1  not used by the connector\n",
        report({.required = {"lines[].sku"}},
               {R"({"lines":[{"sku":"A"},{"sku":""}]})", R"({"lines":[{"sku":"B","color":"red"}]})", "{}"}));
}

TEST(Coverage, TellsWhatTheConnectorHasNoUseFor) {
    EXPECT_EQ(
        "price       0 of 1  MISSING, and required\n"
        "price_gros  1 of 1  not used by the connector\n",
        report({.required = {"price"}}, {R"({"price_gros":12.5})"}));
}

}  // namespace
}  // namespace shopwire::dialect_tools
