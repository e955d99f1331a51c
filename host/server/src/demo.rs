//! `GET /demo/…`: small endpoints for the demo bot to call, so that its HTTP request works on a
//! machine without a network. Everything they say is made up.

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// The longest name of a city that is taken.
const LONGEST_NAME: usize = 80;

/// What is asked.
#[derive(Debug, Deserialize)]
pub struct ForecastQuery {
    city: Option<String>,
}

/// A forecast; the same city has the same weather always.
#[derive(Debug, PartialEq, Serialize)]
struct Forecast {
    city: String,
    sky: &'static str,
    temperature: i64,
    unit: &'static str,
    wind: u64,
    rain: u64,
    advice: &'static str,
    note: &'static str,
}

/// `GET /demo/forecast?city=Paris`.
pub async fn forecast(Query(query): Query<ForecastQuery>) -> Response {
    let city = query.city.unwrap_or_default();
    let city = city.trim();
    if city.is_empty() || city.chars().count() > LONGEST_NAME {
        let message = "Name a city: /demo/forecast?city=Paris";
        return (
            StatusCode::BAD_REQUEST,
            Json(serde_json::json!({"message": message})),
        )
            .into_response();
    }
    Json(made_up(city)).into_response()
}

/// Sky, lowest temperature, chance of rain in percent, advice.
const SKIES: [(&str, i64, u64, &str); 5] = [
    ("sunny", 18, 5, "Take sunglasses and stay out late."),
    ("partly cloudy", 15, 15, "A good day for a long walk."),
    (
        "cloudy",
        12,
        30,
        "Museums in the morning, a walk after lunch.",
    ),
    ("breezy", 10, 20, "Bring a jacket, and maybe a kite."),
    ("showery", 9, 70, "Take an umbrella and find a good café."),
];

fn made_up(city: &str) -> Forecast {
    let seed = seed(city);
    let (sky, lowest, rain, advice) = SKIES[(seed % 5) as usize];
    Forecast {
        city: city.to_owned(),
        sky,
        temperature: lowest + (seed / 5 % 9) as i64,
        unit: "°C",
        wind: 4 + seed / 45 % 22,
        rain: rain + seed / 1_000 % 10,
        advice,
        note: "Made up for the demo.",
    }
}

/// FNV-1a over the name's letters, whatever their case.
fn seed(city: &str) -> u64 {
    city.to_lowercase()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::made_up;

    #[test]
    fn the_weather_is_plausible_and_stays() {
        for city in ["Paris", "Lisbon", "Tokyo", "Reykjavík", "Nairobi", "東京"] {
            let forecast = made_up(city);
            assert!((5..35).contains(&forecast.temperature), "{forecast:?}");
            assert!(forecast.rain <= 100 && forecast.wind < 40, "{forecast:?}");
            assert_eq!(forecast, made_up(city));
        }
        assert_eq!(made_up("paris").temperature, made_up("PARIS").temperature);
        assert_ne!(made_up("Paris"), made_up("Lisbon"));
    }
}
