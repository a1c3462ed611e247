// Reads what a client of sors-sr sends: bodies whose decimals are text with a comma, and query parameters. Pure
// functions; the partner of a document is looked up by the caller, who holds the world's lock.
#pragma once

#include "tests/sandbox/erp/listing.h"
#include "tests/sandbox/erp/visit.h"

#include <string>
#include <string_view>

namespace sandbox::erp::serbian {

inline constexpr std::size_t kRowsMax =
    500;  // a longer range is cut without a word, as some ERPs do (contract dialects 5)

struct Range {
    std::size_t from = 0;
    std::size_t to = 200;
};

// A document as sent; `document.customer_id` is still 0.
struct DocumentBody {
    DocumentRequest document{};
    std::string partner_code{};
    std::string partner_pib{};
};

Outcome<DocumentBody> read_document(std::string_view body);
Outcome<Customer> read_partner(std::string_view body);

Outcome<Range> read_range(const Visit& visit);
Outcome<Microseconds> read_modified_since(const Visit& visit);
// Parameters of artikli and lager.
Outcome<ArticleFilter> read_article_filter(const Visit& visit);
Outcome<PriceType> read_price_type(const Visit& visit);
// Without the partner, which is named by its code.
Outcome<DocumentFilter> read_document_filter(const Visit& visit);

}  // namespace sandbox::erp::serbian
