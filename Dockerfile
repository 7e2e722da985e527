# syntax=docker/dockerfile:1
# storyreel with ffmpeg and the fonts that cards and subtitles need:
#   docker build -t storyreel .
#   docker run --rm -v "$PWD:/work" -u "$(id -u):$(id -g)" storyreel render film.yaml
FROM rust:1.95-slim-trixie AS build
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked --features buckets --bin storyreel

FROM debian:trixie-slim
# git is for `plan --against`. Debian's stable release moves by security updates alone.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates ffmpeg fontconfig fonts-noto-cjk fonts-noto-color-emoji git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 storyreel
COPY --from=build /src/target/dist/storyreel /usr/local/bin/storyreel
USER 1000
WORKDIR /work
ENTRYPOINT ["storyreel"]
CMD ["--help"]
