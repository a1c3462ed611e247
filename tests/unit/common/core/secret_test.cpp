#include "common/core/secret.h"

#include "common/core/mask.h"

#include <gtest/gtest.h>

#include <sstream>

namespace shopwire {
namespace {

TEST(Secret, IsNotPrinted) {
    std::ostringstream out;
    out << Secret("hunter2") << Secret();
    EXPECT_EQ(out.str(), "******");
    EXPECT_EQ(Secret("hunter2").reveal(), "hunter2");
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, ComparesEveryByte) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "xbc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Secret, IsHiddenInWhatOthersSay) {
    std::string said = "bad key hunter2: hunter2, abc";
    mask(said, Secret("hunter2"));
    mask(said, Secret("abc"));
    mask(said, Secret());
    EXPECT_EQ(said, "bad key ***: ***, abc");
}

}  // namespace
}  // namespace shopwire
