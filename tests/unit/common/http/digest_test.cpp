#include "common/http/digest.h"

#include <gtest/gtest.h>

#include "common/core/ids.h"

namespace shopwire::http {
namespace {

TEST(Digest, EqualsTheVectorsOfTheRfcs) {
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180
    EXPECT_EQ(hex(hmac_sha256(Secret("Jefe"), "what do ya want for nothing?")),  // RFC 4231, case 2
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Base64, ReadsWhatItWrites) {
    for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"), std::string("foo"),
                                     std::string("\0\xff\0", 3), std::string(1'000, 'x')}) {
        const Result<std::string> back = base64_decode(base64(bytes), 1'000);
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, bytes);
    }
    EXPECT_EQ(*base64_decode("Zm9v\r\nYmE=\n", 10), "fooba");
}

TEST(Base64, RefusesWhatIsNoneAndWhatIsTooMuch) {
    for (const char* text : {"Zm9", "Zm9v!", "====", "Z===", "Zm 9v"}) EXPECT_FALSE(base64_decode(text, 100)) << text;
    EXPECT_TRUE(base64_decode(base64("12345"), 5));
    EXPECT_FALSE(base64_decode(base64("123456"), 5));
    EXPECT_FALSE(base64_decode(std::string(10'000, 'A'), 5));
}

}  // namespace
}  // namespace shopwire::http
