#include "common/kafka/headers.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace shopwire::kafka {
namespace {

TEST(Headers, KeepTheirOrderAndTheirBytes) {
    const std::string binary("\0\xff\n", 3);
    const std::string large(100'000, 'x');
    Headers headers{{"a", binary}, {"", "nameless"}};
    headers.emplace_back("a", "");
    headers.emplace_back("large", large);
    const std::vector<std::pair<std::string, std::string>> wanted{
        {"a", binary}, {"", "nameless"}, {"a", ""}, {"large", large}};
    std::vector<std::pair<std::string, std::string>> seen;
    for (const auto& [name, value] : headers) seen.emplace_back(name, value);
    EXPECT_EQ(seen, wanted);
    EXPECT_EQ(headers.size(), wanted.size());
}

TEST(Headers, NoneAreEmpty) {
    const Headers headers;
    EXPECT_TRUE(headers.empty());
    EXPECT_EQ(headers.begin(), headers.end());
    EXPECT_FALSE(Headers({{"", ""}}).empty());
}

TEST(Headers, AreComparedByNameAndValue) {
    EXPECT_EQ(Headers({{"a", "bc"}}), Headers({{"a", "bc"}}));
    EXPECT_NE(Headers({{"a", "bc"}}), Headers({{"ab", "c"}})) << "the same bytes, cut elsewhere";
}

TEST(Headers, CanBeSearched) {
    const Headers headers{{"a", "1"}, {"b", "2"}};
    const auto found =
        std::ranges::find(headers, std::string_view("b"), [](const auto& header) { return header.first; });
    ASSERT_NE(found, headers.end());
    EXPECT_EQ((*found).second, "2");
}

}  // namespace
}  // namespace shopwire::kafka
