"""`python -m models.demo.clip_training`; the work is in a module of its own, which processes that train together can import."""

from models.demo.clip_training.run import main

if __name__ == "__main__":
    main()
