// What each recorded answer of a real shop must be read as.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/services/woocommerce/shop_fixture.h"

namespace shopwire::woocommerce {

// One recorded call.  Its document outlives it.
struct Call {
    std::string name{};  // of the file
    json::Value request{};
    json::Value response{};

    json::Value body() const { return response.member("body"); }
    std::vector<json::Value> rows() const;  // of the body: of an array its items, else the body itself
    std::string_view method() const { return request.member("method").text(); }
    std::string path() const;  // below wc/v3, without the query
    // The last word of the path: "notes" of orders/37/notes, "variations" of products/16/variations/17 and of
    // products/16/variations/batch.
    std::string resource() const;
    std::vector<std::string> asked(std::string_view parameter) const;  // a comma list of the query
    http::Headers headers() const;                                    // of the answer
};

inline Decimal decimal_of(json::Value value) { return Decimal::parse_rounded(value.text()).value_or(Decimal{}); }

// Answered with 2xx.
void expect_answer(const Call& call);
// One entity by the resource of its path, with what the call says of it.
void expect_row(const Call& call, json::Value row);
void expect_batch(const Call& call);
// A list of orders, products or customers, as it is walked over.
void expect_list(const Call& call);
// Rows that were asked for with few fields, or none.
void expect_few_fields(const Call& call);
void expect_found_by_sku(const Call& call);

}  // namespace shopwire::woocommerce
